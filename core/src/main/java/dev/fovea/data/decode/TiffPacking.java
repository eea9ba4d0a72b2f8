package dev.fovea.data.decode;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses TIFF strips and tiles packed with byte-oriented schemes: LZW, deflate and PackBits.
 */
final class TiffPacking {
  static final int NONE = 1;
  static final int LZW = 5;
  static final int DEFLATE = 8;
  static final int DEFLATE_OLD = 32946;
  static final int PACK_BITS = 32773;

  private static final int CLEAR = 256;
  private static final int END = 257;
  private static final int MOST_CODES = 4096;

  private TiffPacking() {}

  /**
   * Unpacks exactly {@code size} bytes.
   *
   * @throws MalformedImage if the data ends early or is damaged
   */
  static byte[] unpack(int packing, byte[] data, int size) throws MalformedImage {
    byte[] out = new byte[size];
    int n =
        switch (packing) {
          case NONE -> {
            int length = Math.min(size, data.length);
            System.arraycopy(data, 0, out, 0, length);
            yield length;
          }
          case LZW -> lzw(data, out);
          case PACK_BITS -> packBits(data, out);
          default -> inflate(data, out);
        };
    if (n < size) {
      throw new MalformedImage("a strip or tile of the TIFF ends early");
    }
    return out;
  }

  private static int inflate(byte[] data, byte[] out) throws MalformedImage {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data);
      int n = 0;
      while (n < out.length) {
        int more = inflater.inflate(out, n, out.length - n);
        if (more == 0) {
          break;
        }
        n += more;
      }
      return n;
    } catch (DataFormatException e) {
      throw new MalformedImage("a strip or tile of the TIFF is damaged (" + e.getMessage() + ")");
    } finally {
      inflater.end();
    }
  }

  private static int packBits(byte[] data, byte[] out) {
    int n = 0;
    int at = 0;
    while (at < data.length - 1 && n < out.length) {
      int code = data[at++];
      if (code >= 0) {
        int length = Math.min(code + 1, Math.min(data.length - at, out.length - n));
        System.arraycopy(data, at, out, n, length);
        at += code + 1;
        n += length;
      } else if (code != -128) {
        int length = Math.min(1 - code, out.length - n);
        Arrays.fill(out, n, n + length, data[at++]);
        n += length;
      }
    }
    return n;
  }

  /**
   * Decodes LZW codes of 9 to 12 bits, most significant bit first. A code stands for the bytes of
   * an earlier code plus one more; both are contiguous in the output, so an entry is just a range
   * of it.
   */
  private static int lzw(byte[] data, byte[] out) throws MalformedImage {
    if (data.length > 1 && data[0] == 0 && (data[1] & 1) == 1) {
      throw new UnsupportedImage("TIFF with LZW compression from before TIFF 5.0 is not supported");
    }
    int[] start = new int[MOST_CODES];
    int[] length = new int[MOST_CODES];
    int next = END + 1;
    int width = 9;
    int previous = -1;
    int n = 0;
    long value = 0;
    int held = 0;
    int at = 0;
    while (n < out.length) {
      while (held < width && at < data.length) {
        value = value << 8 | data[at++] & 255;
        held += 8;
      }
      if (held < width) {
        return n;
      }
      held -= width;
      int code = (int) (value >>> held) & (1 << width) - 1;
      if (code == END) {
        return n;
      }
      if (code == CLEAR) {
        next = END + 1;
        width = 9;
        previous = -1;
        continue;
      }
      if (code >= next && (code > next || previous < 0) || code > CLEAR && previous < 0) {
        throw new MalformedImage("a strip or tile of the TIFF is damaged (LZW code " + code + ")");
      }
      int begin = n;
      if (code < CLEAR) {
        out[n++] = (byte) code;
      } else if (code < next) {
        n = copy(out, start[code], length[code], n);
      }
      if (previous >= 0 && next < MOST_CODES) {
        int before = previous < CLEAR ? 1 : length[previous];
        start[next] = begin - before;
        length[next] = before + 1;
        if (code == next) {
          // Its last byte equals its first, which the copy has just written.
          n = copy(out, start[next], length[next], n);
        }
        next++;
        if (next >= (1 << width) - 1 && width < 12) {
          width++;
        }
      } else if (code == next) {
        throw new MalformedImage("a strip or tile of the TIFF is damaged (LZW table is full)");
      }
      previous = code;
    }
    return n;
  }

  private static int copy(byte[] out, int from, int length, int to) {
    int end = Math.min(out.length, to + length);
    int source = from;
    for (int i = to; i < end; i++) {
      out[i] = out[source++];
    }
    return end;
  }
}
