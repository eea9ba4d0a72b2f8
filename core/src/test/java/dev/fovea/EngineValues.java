package dev.fovea;

import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Values of the interpreter, which are binary64, as those of an engine, and back. */
public final class EngineValues {
  private EngineValues() {}

  /** Rounded to binary32. */
  public static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** The same values. */
  public static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /** A direct buffer of binary32 or bfloat16, as programs read images. */
  public static ByteBuffer bytes(double[] values, DType type) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
    for (double v : values) {
      if (type == DType.BF16) {
        bytes.putShort(DType.toBf16((float) v));
      } else {
        bytes.putFloat((float) v);
      }
    }
    return bytes.flip();
  }
}
