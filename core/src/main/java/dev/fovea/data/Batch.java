package dev.fovea.data;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Normalised pictures and their labels, ready for the network.
 *
 * <p>The pixels belong to the {@link Loader}: closing gives them back, and then they are
 * overwritten. Used by one thread.
 */
public final class Batch implements AutoCloseable {
  private final Dataset dataset;
  private final BatchFormat format;
  private final int number;
  private final int count;
  private final int[] labels;
  private final int[] items;
  private final AtomicReference<@Nullable BatchBuffer> buffer;

  Batch(Dataset dataset, int number, int count, BatchBuffer buffer) {
    this.dataset = dataset;
    this.format = buffer.format();
    this.number = number;
    this.count = count;
    this.labels = buffer.labels().clone();
    this.items = buffer.items().clone();
    this.buffer = new AtomicReference<>(buffer);
  }

  /** Its place in the epoch, from 0. */
  public int number() {
    return number;
  }

  /** Real pictures, at most the format's batch; the rest of the pixels is zero. */
  public int count() {
    return count;
  }

  /** The layout of {@link #pixels}. */
  public BatchFormat format() {
    return format;
  }

  /**
   * Direct buffer of {@link BatchFormat#bytes} bytes, (N, C, H, W) in native order, position 0.
   *
   * @throws IllegalStateException after closing
   */
  public ByteBuffer pixels() {
    BatchBuffer b = buffer.get();
    if (b == null) {
      throw new IllegalStateException("batch " + number + " is closed; use its pixels before");
    }
    return b.bytes();
  }

  /** The classes, one per place of the batch; 0 beyond {@link #count}. Not to be written to. */
  public int[] labels() {
    return labels;
  }

  /** The place in the data set of picture {@code i} of the batch. */
  public int item(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("picture " + i + " of a batch of " + count);
    }
    return items[i];
  }

  /** Where picture {@code i} of the batch lies in its source. */
  public String name(int i) {
    return dataset.name(item(i));
  }

  /** Gives the pixels back to the loader; a second call does nothing. */
  @Override
  public void close() {
    BatchBuffer b = buffer.getAndSet(null);
    if (b != null) {
      b.release();
    }
  }
}
