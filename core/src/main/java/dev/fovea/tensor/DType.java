package dev.fovea.tensor;

/** Data types of tensor elements. */
public enum DType {
  /** IEEE 754 binary64; used by the reference interpreter. */
  F64(8),
  /** IEEE 754 binary32. */
  F32(4),
  /** bfloat16: the upper 16 bits of a binary32. */
  BF16(2),
  /** Integers from 0 to 255; in 8-bit networks. */
  U8(1),
  /** Integers from -128 to 127; in 8-bit networks. */
  S8(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** The bfloat16 nearest to {@code value}, ties to even; NaN stays NaN. */
  public static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The value of the bfloat16 {@code bits}; exact. */
  public static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
