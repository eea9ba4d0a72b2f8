package dev.fovea.data.webp;

/**
 * Reads bits from part of an array, least significant bit first; beyond the end it returns zeros
 * and sets {@link #exhausted}.
 */
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

  /** Whether more bits were consumed than the range holds. */
  boolean exhausted() {
    return exhausted;
  }

  /** Returns the next 0..24 bits without consuming them. */
  int peek(int n) {
    while (held < n) {
      value |= at < end ? (bytes[at] & 255L) << held : 0;
      at++;
      held += 8;
    }
    return (int) value & (1 << n) - 1;
  }

  /** Consumes {@code n} peeked bits. */
  void skip(int n) {
    value >>>= n;
    held -= n;
    exhausted |= at - end > held >> 3;
  }

  /** Consumes and returns the next 0..24 bits. */
  int bits(int n) {
    int v = peek(n);
    skip(n);
    return v;
  }
}
