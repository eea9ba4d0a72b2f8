package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the bits of one restart interval of a scan, from the highest of each byte to the lowest.
 * Works on {@link ScanData}, from which stuffed bytes are already removed.
 *
 * <p>The next bits stand at the top of {@link #bits}; bits behind the {@link #count} valid ones are
 * zero or are those that follow. Block decoders keep the three fields in local variables. Reading
 * beyond the interval gives zeros or what follows, and is noticed by {@link #check}.
 */
final class BitReader {
  /** After {@link #refill} at least so many bits are valid. */
  static final int REFILLED = 56;

  /** Bytes that must follow the data, so that no MCU reads beyond the array. */
  static final int MARGIN = 4096;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final byte[] data;

  /** The next bits, from the highest. */
  long bits;

  /** Number of valid bits, 0 to 63. */
  int count;

  /** Offset of the first byte of which no bit is in {@link #bits}, as far as they count. */
  int at;

  private int end;

  /**
   * Creates a reader without an interval.
   *
   * @param data ends with {@link #MARGIN} bytes that belong to no interval
   */
  BitReader(byte[] data) {
    this.data = data;
  }

  /** Starts an interval. */
  void start(int from, int to) {
    at = from;
    end = to;
    bits = 0;
    count = 0;
  }

  /** Eight bytes from an offset, as a number whose highest byte is the first. */
  static long load(byte[] data, int at) {
    return (long) LONG.get(data, at);
  }

  /** Makes at least {@link #REFILLED} bits valid. */
  void refill() {
    bits |= load(data, at) >>> count;
    at += 63 - count >> 3;
    count |= REFILLED;
  }

  /** Reads one bit. */
  int bit() {
    return read(1);
  }

  /** Reads a number of 0 to 16 bits. */
  int read(int n) {
    if (count < n) {
      refill();
    }
    int value = (int) (bits >>> 1 >>> 63 - n);
    bits <<= n;
    count -= n;
    return value;
  }

  /** Reads a symbol of a table. */
  int symbol(HuffmanTable table) {
    if (count < HuffmanTable.NO_CODE) {
      refill();
    }
    int entry = table.entries[(int) (bits >>> Long.SIZE - HuffmanTable.LOOK)];
    if (entry == HuffmanTable.LONG_CODE) {
      entry = table.find(bits);
    }
    int length = HuffmanTable.length(entry);
    bits <<= length;
    count -= length & 63;
    return HuffmanTable.symbol(entry);
  }

  /** Reads a signed value of {@code size} bits (T.81, F.2.2.1, EXTEND). */
  int value(int size) {
    int value = read(size);
    return size == 0 || value >> size - 1 != 0 ? value : value + (-1 << size) + 1;
  }

  /** Number of bits of the interval that were not read; negative after reading beyond its end. */
  long left() {
    return 8L * (end - at) + count;
  }

  /**
   * Checks that nothing was read beyond the end of the interval.
   *
   * @throws MalformedImage if the data ended early
   */
  void check() throws MalformedImage {
    check(at, count);
  }

  /** The same for the given {@link #at} and {@link #count}. */
  void check(int place, int valid) throws MalformedImage {
    if (8L * (end - place) + valid < 0) {
      throw new MalformedImage("the file ends early");
    }
  }
}
