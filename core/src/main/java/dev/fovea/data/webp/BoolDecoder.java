package dev.fovea.data.webp;

/**
 * The arithmetic decoder of VP8 (RFC 6386, section 7) over part of an array. Beyond the end it
 * returns zeros and sets {@link #exhausted}.
 */
final class BoolDecoder {
  private static final int EVEN = 128;

  private final byte[] bytes;
  private final int end;
  private int at;
  private long value;

  /** The interval's length minus one, 127..254. */
  private int range = 254;

  /** Bits of {@code value} beyond the eight that are compared; negative if some are missing. */
  private int spare = -8;

  private boolean exhausted;

  BoolDecoder(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Whether more bits were read than the range holds. */
  boolean exhausted() {
    return exhausted;
  }

  /** One bit that is 0 with a probability of {@code probability / 256}. */
  int bit(int probability) {
    if (spare < 0) {
      load();
    }
    int split = range * probability >>> 8;
    int bit;
    int left;
    if ((int) (value >>> spare) > split) {
      value -= (long) (split + 1) << spare;
      left = range - split;
      bit = 1;
    } else {
      left = split + 1;
      bit = 0;
    }
    int shift = Integer.numberOfLeadingZeros(left) - 24;
    range = (left << shift) - 1;
    spare -= shift;
    return bit;
  }

  private void load() {
    if (at + 6 <= end) {
      for (int i = 0; i < 6; i++) {
        value = value << 8 | bytes[at++] & 255;
      }
      spare += 48;
    } else if (at < end) {
      value = value << 8 | bytes[at++] & 255;
      spare += 8;
    } else if (exhausted) {
      spare = 0;
    } else {
      value <<= 8;
      spare += 8;
      exhausted = true;
    }
  }

  boolean flag() {
    return bit(EVEN) == 1;
  }

  /** An unsigned number, most significant bit first. */
  int number(int bits) {
    int v = 0;
    for (int i = 0; i < bits; i++) {
      v = v << 1 | bit(EVEN);
    }
    return v;
  }

  /** A number followed by its sign. */
  int signed(int bits) {
    int v = number(bits);
    return flag() ? -v : v;
  }

  /** A flag, then {@link #signed} if it is set; else 0. */
  int optional(int bits) {
    return flag() ? signed(bits) : 0;
  }

  /** {@code v} with the sign that is read next. */
  int withSign(int v) {
    return flag() ? -v : v;
  }
}
