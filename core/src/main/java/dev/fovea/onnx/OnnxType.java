package dev.fovea.onnx;

import java.util.Optional;

/** The element types of tensors that Fovea reads; ONNX numbers them. */
public enum OnnxType {
  /** IEEE 754 binary32. */
  FLOAT(1, 4),
  /** Bytes from 0 to 255. */
  UINT8(2, 1),
  /** Signed bytes. */
  INT8(3, 1),
  /** Unsigned 16-bit integers. */
  UINT16(4, 2),
  /** Signed 16-bit integers. */
  INT16(5, 2),
  /** Signed 32-bit integers. */
  INT32(6, 4),
  /** Signed 64-bit integers. */
  INT64(7, 8),
  /** Truth values, one byte each. */
  BOOL(9, 1),
  /** IEEE 754 binary16. */
  FLOAT16(10, 2),
  /** IEEE 754 binary64. */
  DOUBLE(11, 8),
  /** Unsigned 32-bit integers. */
  UINT32(12, 4),
  /** bfloat16. */
  BFLOAT16(16, 2);

  private final int number;
  private final int bytes;

  OnnxType(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  /** The format's number for it. */
  public int number() {
    return number;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** Whether its elements are numbers with fractions. */
  public boolean isReal() {
    return this == FLOAT || this == FLOAT16 || this == DOUBLE || this == BFLOAT16;
  }

  /** The type with this name, in which old files write it; empty if Fovea does not read it. */
  public static Optional<OnnxType> named(String name) {
    for (OnnxType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The type with this number; empty if Fovea does not read it. */
  public static Optional<OnnxType> numbered(long number) {
    for (OnnxType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
