package dev.fovea.data.webp;

/** Bits of an array from the lowest of the first byte on; zeros behind the end. */
final class LowBits {
  private final byte[] bytes;
  private final int end;
  private int at;
  private long value;
  private int held;
  private boolean exhausted;

  LowBits(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Whether bits were taken that the part does not hold. */
  boolean exhausted() {
    return exhausted;
  }

  /** The next 0..24 bits, which stay. */
  int peek(int n) {
    while (held < n) {
      value |= at < end ? (bytes[at] & 255L) << held : 0;
      at++;
      held += 8;
    }
    return (int) value & (1 << n) - 1;
  }

  /** Takes bits that were looked at. */
  void skip(int n) {
    value >>>= n;
    held -= n;
    exhausted |= at - end > held >> 3;
  }

  /** The next 0..24 bits. */
  int bits(int n) {
    int v = peek(n);
    skip(n);
    return v;
  }
}
