package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.util.Arrays;

/**
 * The entropy-coded data of a scan without stuffed bytes, cut into restart intervals.
 *
 * <p>Source: ITU-T T.81, B.1.1.5; {@code jpeg_fill_bit_buffer} of libjpeg-turbo's jdhuff.c, {@code
 * jpeg_resync_to_restart} of jdmarker.c.
 */
final class ScanData {
  private static final long EACH = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;

  private final BitReader reader;
  private int[] starts = new int[2];
  private int[] ends = new int[1];

  /** Number of the restart marker before each interval; of no meaning for the first. */
  private int[] numbers = new int[1];

  private int intervals = 1;
  private int current;
  private int expected;

  /** Removes the stuffed bytes between two offsets of a file. */
  ScanData(byte[] file, int from, int to) {
    byte[] data = new byte[to - from + BitReader.MARGIN];
    int n = 0;
    int at = from;
    while (at < to) {
      int run = plain(file, at, to);
      System.arraycopy(file, at, data, n, run - at);
      n += run - at;
      at = run;
      while (at < to && file[at] == (byte) 0xff) {
        at++;
      }
      if (at < to && at > run) {
        int code = file[at++] & 255;
        if (code == 0) {
          data[n++] = (byte) 0xff;
        } else {
          addRestart(n, code & 7);
        }
      }
    }
    ends[intervals - 1] = n;
    reader = new BitReader(data);
    reader.start(0, ends[0]);
  }

  /** Offset of the next byte 0xff, or {@code to}. */
  static int plain(byte[] file, int from, int to) {
    int at = from;
    while (at + Long.BYTES <= to) {
      long inverse = ~BitReader.load(file, at);
      if ((inverse - EACH & ~inverse & HIGH) != 0) {
        break;
      }
      at += Long.BYTES;
    }
    while (at < to && file[at] != (byte) 0xff) {
      at++;
    }
    return at;
  }

  private void addRestart(int place, int number) {
    if (intervals == ends.length) {
      starts = Arrays.copyOf(starts, 2 * intervals);
      ends = Arrays.copyOf(ends, 2 * intervals);
      numbers = Arrays.copyOf(numbers, 2 * intervals);
    }
    ends[intervals - 1] = place;
    starts[intervals] = place;
    numbers[intervals] = number;
    intervals++;
  }

  /** The reader of the current interval. */
  BitReader reader() {
    return reader;
  }

  /**
   * Goes to the next restart interval. Data that was not read is skipped. If a marker has another
   * number than expected, one that is at most two back is skipped with its interval, and one that
   * is further away is taken for the expected one, as libjpeg does.
   *
   * @throws MalformedImage if there is none, or markers before it are missing
   */
  void restart() throws MalformedImage {
    for (current++; current < intervals; current++) {
      int ahead = numbers[current] - expected & 7;
      if (ahead == 1 || ahead == 2) {
        break;
      }
      if (ahead < 6) {
        reader.start(starts[current], ends[current]);
        expected = expected + 1 & 7;
        return;
      }
    }
    throw new MalformedImage("the file ends early");
  }

  /** Whether all data was read but the bits that fill the last byte. */
  boolean isUsedUp() {
    return current == intervals - 1 && reader.left() < Byte.SIZE;
  }
}
