package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/** Reads tensors from their storages as row-major binary32 values. */
final class TensorReader {
  private static final int BLOCK = 1 << 16;

  private final Path path;
  private final FileChannel channel;

  TensorReader(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Reads a tensor, rounding each value to the nearest binary32. */
  float[] floats(TensorView view) {
    ElementType type = view.storage().type();
    if (!type.isFloat()) {
      throw InteropException.of(
          path, "a tensor of type " + type + " where floating-point numbers were expected");
    }
    float[] values = new float[(int) view.elements()];
    try {
      if (values.length > 0 && view.isContiguous()) {
        stream(view, values);
      } else if (values.length > 0) {
        gather(view, values);
      }
    } catch (IOException e) {
      throw InteropException.of(path, "cannot be read: " + e.getMessage(), e);
    }
    return values;
  }

  private void stream(TensorView view, float[] values) throws IOException {
    Storage storage = view.storage();
    int size = storage.type().bytes();
    ByteBuffer block = ByteBuffer.allocate(BLOCK * size).order(ByteOrder.LITTLE_ENDIAN);
    long at = storage.position() + view.offset() * size;
    for (int done = 0; done < values.length; ) {
      int n = Math.min(BLOCK, values.length - done);
      block.clear().limit(n * size);
      ByteReader.fill(path, channel, block, at + (long) done * size);
      block.flip();
      if (storage.type() == ElementType.F32) {
        block.asFloatBuffer().get(values, done, n);
      } else {
        for (int i = 0; i < n; i++) {
          values[done + i] = storage.type().floatAt(block, i);
        }
      }
      done += n;
    }
  }

  // Memory-mapped, because the elements of a transposed view are far apart in any reading order.
  private void gather(TensorView view, float[] values) throws IOException {
    ElementType type = view.storage().type();
    long span = (view.last() - view.offset() + 1) * type.bytes();
    if (span > Integer.MAX_VALUE) {
      throw InteropException.of(
          path, "a view over " + span + " bytes of a storage; save it with .contiguous()");
    }
    long start = view.storage().position() + view.offset() * type.bytes();
    ByteBuffer data = channel.map(MapMode.READ_ONLY, start, span).order(ByteOrder.LITTLE_ENDIAN);
    int rank = view.sizes().size();
    long[] index = new long[rank];
    long element = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = type.floatAt(data, (int) element);
      for (int d = rank - 1; d >= 0; d--) {
        index[d]++;
        element += view.strides().get(d);
        if (index[d] < view.sizes().get(d)) {
          break;
        }
        element -= index[d] * view.strides().get(d);
        index[d] = 0;
      }
    }
  }
}
