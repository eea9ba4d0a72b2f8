package dev.fovea.data.loader;

import dev.fovea.data.image.Resize;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/** The reusable memory of a batch. Different slots may be filled by different threads at once. */
public final class BatchBuffer {
  /** Marks a slot in {@link #items} whose image was unreadable. */
  static final int NONE = -1;

  private final BatchFormat format;
  private final Consumer<BatchBuffer> home;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private final ShortBuffer shorts;
  private final int[] labels;
  private final int[] items;

  /** Allocates a buffer that returns to {@code home} when it is released. */
  public BatchBuffer(BatchFormat format, Consumer<BatchBuffer> home) {
    this.format = format;
    this.home = home;
    this.bytes = ByteBuffer.allocateDirect(format.bytes()).order(ByteOrder.nativeOrder());
    this.floats = bytes.asFloatBuffer();
    this.shorts = bytes.asShortBuffer();
    this.labels = new int[format.batch()];
    this.items = new int[format.batch()];
  }

  BatchFormat format() {
    return format;
  }

  ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }

  int[] labels() {
    return labels;
  }

  int[] items() {
    return items;
  }

  void release() {
    home.accept(this);
  }

  void clear() {
    Arrays.fill(labels, 0);
    Arrays.fill(items, NONE);
  }

  /** Writes one image to a slot; {@code row} is the calling thread's scratch memory. */
  public void store(int place, int item, int label, Row row) {
    int n = format.imageElements();
    if (format.type() == DType.F32) {
      floats.put(place * n, row.floats, 0, n);
    } else {
      shorts.put(place * n, row.shorts, 0, n);
    }
    items[place] = item;
    labels[place] = label;
  }

  /**
   * Blends images in pairs: image i becomes {@code share} times itself plus the rest of image
   * {@code count} - 1 - i.
   */
  void blend(int count, float share) {
    float rest = 1 - share;
    int n = format.imageElements();
    float[] a = new float[n];
    float[] b = new float[n];
    float[] mixed = new float[n];
    for (int i = 0, j = count - 1; i < j; i++, j--) {
      read(i, a);
      read(j, b);
      for (int e = 0; e < n; e++) {
        mixed[e] = share * a[e] + rest * b[e];
      }
      write(i, mixed);
      for (int e = 0; e < n; e++) {
        mixed[e] = share * b[e] + rest * a[e];
      }
      write(j, mixed);
    }
  }

  /** Swaps the rectangle {@code box} between images i and {@code count} - 1 - i. */
  void exchange(int count, Resize.Box box) {
    int n = format.imageElements();
    int size = format.type().bytes();
    byte[] a = new byte[box.width() * size];
    byte[] b = new byte[box.width() * size];
    for (int i = 0, j = count - 1; i < j; i++, j--) {
      for (int c = 0; c < format.channels(); c++) {
        for (int y = box.top(); y < box.top() + box.height(); y++) {
          int place = (c * format.height() + y) * format.width() + box.left();
          bytes.get((i * n + place) * size, a);
          bytes.get((j * n + place) * size, b);
          bytes.put((i * n + place) * size, b);
          bytes.put((j * n + place) * size, a);
        }
      }
    }
  }

  /** Reads the values of one image. */
  public void read(int place, float[] into) {
    if (format.type() == DType.F32) {
      floats.get(place * into.length, into);
      return;
    }
    for (int e = 0; e < into.length; e++) {
      into[e] = DType.fromBf16(shorts.get(place * into.length + e));
    }
  }

  private void write(int place, float[] values) {
    if (format.type() == DType.F32) {
      floats.put(place * values.length, values);
      return;
    }
    for (int e = 0; e < values.length; e++) {
      shorts.put(place * values.length + e, DType.toBf16(values[e]));
    }
  }

  /**
   * A thread's scratch memory for one normalized image; only the array of the format's data type is
   * allocated.
   */
  public static final class Row {
    /** The values in F32; empty for BF16. */
    public final float[] floats;

    final short[] shorts;

    /** Allocates the array for {@code format}. */
    public Row(BatchFormat format) {
      floats = new float[format.type() == DType.F32 ? format.imageElements() : 0];
      shorts = new short[format.type() == DType.BF16 ? format.imageElements() : 0];
    }
  }

  /**
   * Closes gaps left by unreadable images, zeroes the remaining slots, and returns the number of
   * images.
   */
  int close(int places) {
    int size = format.imageElements() * format.type().bytes();
    int count = 0;
    for (int i = 0; i < places; i++) {
      if (items[i] == NONE) {
        continue;
      }
      if (count < i) {
        bytes.put(count * size, bytes, i * size, size);
        items[count] = items[i];
        labels[count] = labels[i];
      }
      count++;
    }
    byte[] zeros = count < format.batch() ? new byte[size] : new byte[0];
    for (int i = count; i < format.batch(); i++) {
      bytes.put(i * size, zeros);
      items[i] = NONE;
      labels[i] = 0;
    }
    return count;
  }
}
