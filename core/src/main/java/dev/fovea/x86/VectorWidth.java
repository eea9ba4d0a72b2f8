package dev.fovea.x86;

/** The width of the vector registers, which decides how their instructions are encoded. */
public enum VectorWidth {
  /** 256 bits: AVX2 and FMA, sixteen registers, VEX encoding. */
  YMM(8, 16),
  /** 512 bits: AVX-512F and BW, thirty-two registers, EVEX encoding. */
  ZMM(16, 32);

  private final int floats;
  private final int registers;

  VectorWidth(int floats, int registers) {
    this.floats = floats;
    this.registers = registers;
  }

  /** Elements of binary32 in a vector. */
  public int floats() {
    return floats;
  }

  /** Bytes in a vector. */
  public int bytes() {
    return floats * Float.BYTES;
  }

  /** The number of vector registers. */
  public int registers() {
    return registers;
  }
}
