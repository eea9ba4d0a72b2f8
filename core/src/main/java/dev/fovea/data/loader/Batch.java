package dev.fovea.data.loader;

import dev.fovea.data.source.Dataset;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Normalized images and their labels, ready for the network.
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
  private final float share;
  private final AtomicReference<@Nullable BatchBuffer> buffer;

  Batch(Dataset dataset, int number, int count, float share, BatchBuffer buffer) {
    this.dataset = dataset;
    this.format = buffer.format();
    this.number = number;
    this.count = count;
    this.share = share;
    this.labels = buffer.labels().clone();
    this.items = buffer.items().clone();
    this.buffer = new AtomicReference<>(buffer);
  }

  /** Its place in the epoch, from 0. */
  public int number() {
    return number;
  }

  /** Real images, at most the format's batch; the rest of the pixels is zero. */
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

  /**
   * How much of an image and its label is its own, see {@link Mixing}; the rest is that of image
   * {@link #count} - 1 - i. 1 where nothing was mixed.
   */
  public float share() {
    return share;
  }

  /**
   * What the loss compares with: one row of {@code classes} numbers per place of the batch, a one
   * for the label, or two shares where images were mixed; zeros beyond {@link #count}.
   *
   * @param into (N, K) row-major, N the format's batch; overwritten
   */
  public void targets(int classes, float[] into) {
    Arrays.fill(into, 0);
    for (int i = 0; i < count; i++) {
      into[i * classes + labels[i]] += share;
      into[i * classes + labels[count - 1 - i]] += 1 - share;
    }
  }

  /** The place in the data set of image {@code i} of the batch. */
  public int item(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("image " + i + " of a batch of " + count);
    }
    return items[i];
  }

  /** Where image {@code i} of the batch lies in its source. */
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
