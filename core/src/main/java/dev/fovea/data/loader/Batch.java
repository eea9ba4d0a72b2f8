package dev.fovea.data.loader;

import dev.fovea.data.source.Dataset;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A batch of normalized images and their labels, ready for the network.
 *
 * <p>The pixel memory belongs to the {@link Loader}. Closing the batch returns it for reuse, so it
 * must not be read afterwards. Used by one thread.
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

  /** The index of this batch in the epoch, from 0. */
  public int number() {
    return number;
  }

  /** The number of images, at most the format's batch size; the remaining pixels are zero. */
  public int count() {
    return count;
  }

  /** The layout of {@link #pixels}. */
  public BatchFormat format() {
    return format;
  }

  /**
   * A direct buffer of {@link BatchFormat#bytes} bytes, (N, C, H, W) in native order, position 0.
   *
   * @throws IllegalStateException after closing
   */
  public ByteBuffer pixels() {
    BatchBuffer b = buffer.get();
    if (b == null) {
      throw new IllegalStateException(
          "batch " + number + " is closed; read its pixels before closing it");
    }
    return b.bytes();
  }

  /** The class of each image; 0 beyond {@link #count}. Must not be modified. */
  public int[] labels() {
    return labels;
  }

  /**
   * The weight of each image and its own label (see {@link Mixing}); the rest belongs to image
   * {@link #count} - 1 - i. 1 if nothing was mixed.
   */
  public float share() {
    return share;
  }

  /**
   * Writes the targets of the loss: one row of {@code classes} numbers per image, one-hot, or with
   * two weights if images were mixed; zeros beyond {@link #count}.
   *
   * @param into (N, K) row-major, where N is the format's batch size; overwritten
   */
  public void targets(int classes, float[] into) {
    Arrays.fill(into, 0);
    for (int i = 0; i < count; i++) {
      into[i * classes + labels[i]] += share;
      into[i * classes + labels[count - 1 - i]] += 1 - share;
    }
  }

  /** The index in the data set of image {@code i} of the batch. */
  public int item(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("image " + i + " of a batch of " + count);
    }
    return items[i];
  }

  /** The path of image {@code i} of the batch in its source. */
  public String name(int i) {
    return dataset.name(item(i));
  }

  /** Returns the pixel memory to the loader; a second call has no effect. */
  @Override
  public void close() {
    BatchBuffer b = buffer.getAndSet(null);
    if (b != null) {
      b.release();
    }
  }
}
