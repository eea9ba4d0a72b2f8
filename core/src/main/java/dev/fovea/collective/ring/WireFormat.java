package dev.fovea.collective.ring;

/** The number format in which values of long sums travel. */
public enum WireFormat {
  /** 32 bits: sums are what they would be in one process. */
  F32(0),

  /**
   * bfloat16, rounded to nearest even: half the bytes. Each rank adds in 32 bits what has come to
   * what it has, and what it sends on is rounded again: a sum over N ranks has been rounded N
   * times, and the result, on all ranks, is a number of 8 significant bits. Short sums travel in 32
   * bits all the same.
   */
  BF16(1);

  private final int code;

  WireFormat(int code) {
    this.code = code;
  }

  /** What ranks send of it when they meet. */
  int code() {
    return code;
  }
}
