package dev.fovea.checkpoint;

import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The element types of safetensors files; each constant has the name used in the file format. */
public enum ElementType {
  /** One byte, 0 or 1. */
  BOOL(1),
  /** Unsigned 8 bits. */
  U8(1),
  /** Signed 8 bits. */
  I8(1),
  /** 8-bit float, 5 exponent bits. */
  F8_E5M2(1),
  /** 8-bit float, 4 exponent bits. */
  F8_E4M3(1),
  /** Signed 16 bits. */
  I16(2),
  /** Unsigned 16 bits. */
  U16(2),
  /** IEEE 754 binary16. */
  F16(2),
  /** bfloat16. */
  BF16(2),
  /** Signed 32 bits. */
  I32(4),
  /** Unsigned 32 bits. */
  U32(4),
  /** IEEE 754 binary32. */
  F32(4),
  /** IEEE 754 binary64. */
  F64(8),
  /** Signed 64 bits. */
  I64(8),
  /** Unsigned 64 bits. */
  U64(8);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** Whether {@link SafetensorsFile#floats} can read values of this type. */
  public boolean isFloat() {
    return this == F32 || this == F64 || this == F16 || this == BF16;
  }

  static Optional<ElementType> named(String name) {
    for (ElementType t : values()) {
      if (t.name().equals(name)) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }

  /**
   * Element {@code index} of little-endian data as the nearest binary32; exact for all but F64.
   *
   * @throws CheckpointException if this is not a floating-point type
   */
  public float floatAt(ByteBuffer data, int index) {
    return switch (this) {
      case F32 -> data.getFloat(index * 4);
      case F64 -> (float) data.getDouble(index * 8);
      case BF16 -> DType.fromBf16(data.getShort(index * 2));
      case F16 -> fromF16(data.getShort(index * 2));
      default ->
          throw new CheckpointException(
              "elements of type " + this + " are not floating-point numbers");
    };
  }

  static float fromF16(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int bits = exponent == 31 ? 0x7f800000 : (exponent + 112) << 23;
    return Float.intBitsToFloat(sign | bits | (fraction << 13));
  }
}
