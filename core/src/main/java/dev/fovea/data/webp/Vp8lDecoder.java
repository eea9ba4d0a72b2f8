package dev.fovea.data.webp;

import dev.fovea.data.image.MalformedImage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Decodes lossless WebP (RFC 9649) to packed ARGB.
 *
 * <p>An image is coded with five prefix codes (green with copy lengths and color cache indices,
 * red, blue, alpha, copy distances), which may differ per tile. Afterwards up to four transforms
 * are inverted.
 */
public final class Vp8lDecoder {
  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int[] CODE_LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /**
   * The 120 shortest copy distances, nearest first: rows up in the high nibble, 8 minus columns to
   * the left in the low one.
   */
  private static final int[] NEAREST = {
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39,
    0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a,
    0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
    0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e,
    0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
    0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
    0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72,
    0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
  };

  /**
   * Memory that codes may take, besides a few bytes per pixel: far more than any encoder needs, far
   * less than a hostile file can ask for.
   */
  private static final long CODE_BYTES = 16L << 20;

  private final LowBits in;
  private final int width;
  private final int height;

  private Vp8lDecoder(LowBits in, int width, int height) {
    this.in = in;
    this.width = width;
    this.height = height;
  }

  /** A transform to invert after decoding; {@code width} is that of the image it applies to. */
  private sealed interface Transform {}

  private record Predict(int width, int bits, int[] modes) implements Transform {}

  private record CrossColor(int width, int bits, int[] multipliers) implements Transform {}

  private record AddGreen(int width) implements Transform {}

  /** {@code bits} is the base-2 logarithm of the number of pixels packed into a sample. */
  private record Palette(int width, int bits, int[] colors) implements Transform {}

  /** The five prefix codes of a tile. */
  private record Codes(
      PrefixCode green, PrefixCode red, PrefixCode blue, PrefixCode alpha, PrefixCode distance) {}

  /**
   * Decodes the stream at {@code from}.
   *
   * @param width the width in the stream's header, already checked by the caller
   * @param height likewise
   */
  public static int[] decode(byte[] b, int from, int end, int width, int height)
      throws MalformedImage {
    LowBits in = new LowBits(b, from + 5, end);
    int[] pixels = new Vp8lDecoder(in, width, height).image();
    if (in.exhausted()) {
      throw new MalformedImage("the file ends early");
    }
    return pixels;
  }

  private int[] image() throws MalformedImage {
    Deque<Transform> transforms = new ArrayDeque<>();
    int seen = 0;
    int columns = width;
    while (in.bits(1) == 1) {
      int kind = in.bits(2);
      if ((seen >> kind & 1) == 1) {
        throw new MalformedImage("a transform of the lossless WebP occurs twice");
      }
      seen |= 1 << kind;
      Transform t = readTransform(kind, columns);
      if (t instanceof Palette p) {
        columns = tiles(columns, p.bits);
      }
      transforms.push(t);
    }
    int[] pixels = pixels(columns, height, true);
    for (Transform t : transforms) {
      pixels = undo(t, pixels);
    }
    return pixels;
  }

  private Transform readTransform(int kind, int columns) throws MalformedImage {
    switch (kind) {
      case 0, 1 -> {
        int bits = in.bits(3) + 2;
        int[] tiles = pixels(tiles(columns, bits), tiles(height, bits), false);
        return kind == 0 ? new Predict(columns, bits, tiles) : new CrossColor(columns, bits, tiles);
      }
      case 2 -> {
        return new AddGreen(columns);
      }
      default -> {
        int count = in.bits(8) + 1;
        int bits = count > 16 ? 0 : count > 4 ? 1 : count > 2 ? 2 : 3;
        int[] colors = Arrays.copyOf(pixels(count, 1, false), 256);
        for (int i = 1; i < count; i++) {
          colors[i] = add(colors[i], colors[i - 1]);
        }
        return new Palette(columns, bits, colors);
      }
    }
  }

  private static int tiles(int side, int bits) {
    return side + (1 << bits) - 1 >> bits;
  }

  /** Decodes an entropy-coded image; only the outermost one may have separate codes per tile. */
  private int[] pixels(int columns, int rows, boolean outermost) throws MalformedImage {
    int cacheBits = in.bits(1) == 1 ? in.bits(4) : 0;
    if (cacheBits > 11) {
      throw new MalformedImage("the color cache of the lossless WebP has " + cacheBits + " bits");
    }
    int tileBits = 0;
    int[] tiles = null;
    if (outermost && in.bits(1) == 1) {
      tileBits = in.bits(3) + 2;
      tiles = pixels(tiles(columns, tileBits), tiles(rows, tileBits), false);
    }
    Codes[] codes = readCodes(tiles, cacheBits);
    int[] cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
    int[] out = new int[Math.multiplyExact(columns, rows)];
    int tilesAcross = tiles(columns, tileBits);
    int at = 0;
    while (at < out.length) {
      if (in.exhausted()) {
        throw new MalformedImage("the file ends early");
      }
      int x = at % columns;
      int y = at / columns;
      Codes c =
          tiles == null ? codes[0] : codes[tiles[(y >> tileBits) * tilesAcross + (x >> tileBits)]];
      // The end of the row within this tile.
      int stop =
          at
              + Math.min(
                  columns - x,
                  tiles == null ? columns : (1 << tileBits) - (x & (1 << tileBits) - 1));
      while (at < stop) {
        int green = c.green.read(in);
        int first = at;
        if (green < LITERALS) {
          int red = c.red.read(in);
          int blue = c.blue.read(in);
          int alpha = c.alpha.read(in);
          out[at++] = alpha << 24 | red << 16 | green << 8 | blue;
        } else if (green < LITERALS + LENGTHS) {
          int length = readExtended(green - LITERALS);
          int distance = distance(readExtended(c.distance.read(in)), columns);
          if (distance > at || length > out.length - at) {
            throw new MalformedImage("a copy in the lossless WebP extends beyond the image");
          }
          for (int i = 0; i < length; i++, at++) {
            out[at] = out[at - distance];
          }
        } else {
          out[at++] = cache[green - LITERALS - LENGTHS];
        }
        for (int i = first; cacheBits > 0 && i < at; i++) {
          cache[out[i] * 0x1e35a7bd >>> 32 - cacheBits] = out[i];
        }
      }
    }
    return out;
  }

  /** Reads the extra bits of a length or distance symbol and returns its value. */
  private int readExtended(int symbol) {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = symbol - 2 >> 1;
    return (2 + (symbol & 1) << extra) + in.bits(extra) + 1;
  }

  private static int distance(int code, int columns) {
    if (code > NEAREST.length) {
      return code - NEAREST.length;
    }
    int place = NEAREST[code - 1];
    return Math.max(1, (place >> 4) * columns + 8 - (place & 15));
  }

  /**
   * Reads all codes up to the last that a tile uses, keeping only those that are used. Replaces the
   * tiles' pixels with indices into the result.
   */
  private Codes[] readCodes(int @Nullable [] tiles, int cacheBits) throws MalformedImage {
    int greens = LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
    if (tiles == null) {
      return new Codes[] {readCodes(greens)};
    }
    int last = 0;
    for (int i = 0; i < tiles.length; i++) {
      tiles[i] = tiles[i] >> 8 & 0xffff;
      last = Math.max(last, tiles[i]);
    }
    boolean[] used = new boolean[last + 1];
    for (int t : tiles) {
      used[t] = true;
    }
    Codes[] codes = new Codes[last + 1];
    long room = CODE_BYTES + 8L * width * height;
    for (int i = 0; i <= last; i++) {
      Codes c = readCodes(greens);
      if (in.exhausted()) {
        throw new MalformedImage("the file ends early");
      }
      if (used[i]) {
        codes[i] = c;
        room -= c.green.bytes() + c.red.bytes() + c.blue.bytes() + c.alpha.bytes();
        room -= c.distance.bytes();
        if (room < 0) {
          throw new MalformedImage("the lossless WebP has more codes than its pixels can need");
        }
      }
    }
    return codes;
  }

  private Codes readCodes(int greens) throws MalformedImage {
    int[] lengths = new int[Math.max(greens, LITERALS)];
    return new Codes(
        readCode(greens, lengths),
        readCode(LITERALS, lengths),
        readCode(LITERALS, lengths),
        readCode(LITERALS, lengths),
        readCode(DISTANCES, lengths));
  }

  private PrefixCode readCode(int size, int[] lengths) throws MalformedImage {
    Arrays.fill(lengths, 0);
    if (in.bits(1) == 1) {
      int more = in.bits(1);
      lengths[in.bits(in.bits(1) == 0 ? 1 : 8)] = 1;
      if (more == 1) {
        lengths[in.bits(8)] = 1;
      }
      return PrefixCode.of(lengths, size);
    }
    int[] lengthLengths = new int[CODE_LENGTH_ORDER.length];
    int count = in.bits(4) + 4;
    for (int i = 0; i < count; i++) {
      lengthLengths[CODE_LENGTH_ORDER[i]] = in.bits(3);
    }
    PrefixCode code = PrefixCode.of(lengthLengths, lengthLengths.length);
    int left = size;
    if (in.bits(1) == 1) {
      left = 2 + in.bits(2 + 2 * in.bits(3));
      if (left > size) {
        throw new MalformedImage("a prefix code of the lossless WebP is too long");
      }
    }
    int previous = 8;
    for (int s = 0; s < size && left > 0; left--) {
      int v = code.read(in);
      if (v < 16) {
        lengths[s++] = v;
        previous = v == 0 ? previous : v;
        continue;
      }
      int repeat = v == 16 ? 3 + in.bits(2) : v == 17 ? 3 + in.bits(3) : 11 + in.bits(7);
      if (repeat > size - s) {
        throw new MalformedImage("a prefix code of the lossless WebP is too long");
      }
      Arrays.fill(lengths, s, s + repeat, v == 16 ? previous : 0);
      s += repeat;
    }
    return PrefixCode.of(lengths, size);
  }

  private int[] undo(Transform transform, int[] pixels) {
    if (transform instanceof Predict t) {
      Vp8lPrediction.undo(pixels, t.width, height, t.bits, t.modes);
      return pixels;
    }
    if (transform instanceof CrossColor t) {
      crossColor(t, pixels);
      return pixels;
    }
    if (transform instanceof Palette t) {
      return lookUp(t, pixels);
    }
    for (int i = 0; i < pixels.length; i++) {
      int green = pixels[i] >> 8 & 255;
      pixels[i] = add(pixels[i], green << 16 | green);
    }
    return pixels;
  }

  /** Adds channel by channel, modulo 256. */
  static int add(int a, int b) {
    return (a & 0xff00ff00) + (b & 0xff00ff00) & 0xff00ff00
        | (a & 0x00ff00ff) + (b & 0x00ff00ff) & 0x00ff00ff;
  }

  private void crossColor(CrossColor t, int[] pixels) {
    int across = tiles(t.width, t.bits);
    for (int i = 0; i < pixels.length; i++) {
      int m = t.multipliers[(i / t.width >> t.bits) * across + (i % t.width >> t.bits)];
      int p = pixels[i];
      byte green = (byte) (p >> 8);
      int red = (p >> 16) + ((byte) m * green >> 5) & 255;
      int blue = p + ((byte) (m >> 8) * green >> 5) + ((byte) (m >> 16) * (byte) red >> 5) & 255;
      pixels[i] = p & 0xff00ff00 | red << 16 | blue;
    }
  }

  private int[] lookUp(Palette t, int[] packed) {
    int across = tiles(t.width, t.bits);
    int sampleBits = 8 >> t.bits;
    int[] out = new int[t.width * height];
    for (int y = 0, o = 0; y < height; y++) {
      for (int x = 0; x < t.width; x++, o++) {
        int sample = packed[y * across + (x >> t.bits)] >> 8 & 255;
        int shift = (x & (1 << t.bits) - 1) * sampleBits;
        out[o] = t.colors[sample >> shift & (1 << sampleBits) - 1];
      }
    }
    return out;
  }
}
