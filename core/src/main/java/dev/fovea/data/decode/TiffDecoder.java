package dev.fovea.data.decode;

import dev.fovea.data.decode.ImageHeader.Color;
import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Decodes the first image of a TIFF or BigTIFF, in strips or tiles, as Pillow does: gray of 1 to 16
 * bits, palettes, RGB of 8 and 16 bits, and CMYK; uncompressed, LZW, deflate, PackBits, fax and
 * JPEG. Everything else is refused by name.
 */
final class TiffDecoder {
  private static final int JPEG = 7;

  private static final int WHITE_IS_ZERO = 0;
  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int CMYK = 5;
  private static final int YCBCR = 6;

  private static final int PREMULTIPLIED = 1;
  private static final int MOST_SAMPLES = 6;

  /** A tile may be larger than a small image, up to this many pixels. */
  private static final int TILE_PIXELS = 1 << 21;

  /** Maximum number of strips or tiles that another reader decodes, since each call is costly. */
  private static final int MOST_WRAPPED = 1 << 16;

  /** Maximum bytes of JPEG tables, and of a strip beyond its pixels. */
  private static final int SLACK = 1 << 16;

  private final byte[] b;
  private final TiffDirectory d;
  private final int width;
  private final int height;
  private final int packing;
  private final int photometric;
  private final int bits;
  private final int samples;
  private final boolean divides;
  private int[] palette = {};

  private TiffDecoder(byte[] b) throws MalformedImage {
    this.b = b;
    d = TiffDirectory.read(b);
    width = d.get(TiffDirectory.WIDTH, 0);
    height = d.get(TiffDirectory.HEIGHT, 0);
    packing = d.get(TiffDirectory.COMPRESSION, TiffPacking.NONE);
    photometric = d.get(TiffDirectory.PHOTOMETRIC, WHITE_IS_ZERO);
    bits = d.get(TiffDirectory.BITS, 1);
    samples = d.get(TiffDirectory.SAMPLES, 1);
    divides = samples > 3 && d.get(TiffDirectory.EXTRA_SAMPLES, 0, 0) == PREMULTIPLIED;
  }

  static ImageHeader read(byte[] b) throws MalformedImage {
    TiffDecoder t = new TiffDecoder(b);
    t.checkKind();
    Color color =
        switch (t.photometric) {
          case PALETTE -> Color.PALETTE;
          case CMYK -> Color.CMYK;
          case RGB -> t.samples > 3 ? Color.RGB_ALPHA : Color.RGB;
          case YCBCR -> Color.RGB;
          default -> t.samples > 1 ? Color.GREY_ALPHA : Color.GREY;
        };
    int orientation = t.d.get(TiffDirectory.ORIENTATION, 1);
    return new ImageHeader(
        ImageFormat.TIFF,
        t.width,
        t.height,
        color,
        t.bits,
        orientation >= 1 && orientation <= 8 ? orientation : 1);
  }

  private void checkKind() throws MalformedImage {
    checkPacking();
    for (int i = 0; i < d.count(TiffDirectory.SAMPLE_FORMAT); i++) {
      long format = d.get(TiffDirectory.SAMPLE_FORMAT, i, 1);
      String kind = format == 2 ? "signed" : format == 3 ? "floating-point" : "unusual";
      refuse(format != 1, kind + " samples");
    }
    for (int i = 1; i < Math.min(samples, d.count(TiffDirectory.BITS)); i++) {
      refuse(d.get(TiffDirectory.BITS, i, bits) != bits, "samples of different sizes");
    }
    int colors =
        switch (photometric) {
          case WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE -> 1;
          case RGB, YCBCR -> 3;
          case CMYK -> 4;
          case 8, 9, 10 -> throw unsupported("Lab colors");
          default -> throw unsupported("photometric interpretation " + photometric);
        };
    int most = colors == 1 ? 2 : MOST_SAMPLES;
    refuse(samples < colors || samples > most, samples + " samples per pixel of this kind");
    boolean deep = bits == 16 && (photometric == RGB || photometric == BLACK_IS_ZERO);
    boolean shallow = bits < 8 && colors == 1 && samples == 1 && Integer.bitCount(bits) == 1;
    refuse(bits != 8 && !deep && !shallow, bits + "-bit samples of this kind");
    refuse(photometric == YCBCR && packing != JPEG, "YCbCr colors without JPEG compression");
    boolean fax = isFax();
    refuse(fax && (bits != 1 || samples != 1), "fax compression of this kind");
    refuse(
        packing == JPEG
            && (bits != 8 || samples != colors || colors == 4 || photometric == PALETTE),
        "JPEG compression of this kind");
    int fill = d.get(TiffDirectory.FILL_ORDER, 1);
    refuse(fill != 1 && fill != 2 || fill == 2 && bits > 8, "fill order " + fill);
    int planar = d.get(TiffDirectory.PLANAR, 1);
    refuse(planar != 1 && planar != 2, "planar configuration " + planar);
    refuse(
        planar == 2 && samples > 1 && (bits < 8 || packing == JPEG),
        "separate planes of this kind");
    int predictor = d.get(TiffDirectory.PREDICTOR, 1);
    boolean predicts =
        packing != TiffPacking.NONE && packing != TiffPacking.PACK_BITS && packing != JPEG && !fax;
    refuse(
        predicts && (predictor < 1 || predictor > 2 || predictor == 2 && bits < 8),
        "predictor " + predictor);
  }

  private boolean isFax() {
    return packing >= TiffFax.RUN_LENGTHS && packing <= TiffFax.T6;
  }

  private void checkPacking() throws MalformedImage {
    switch (packing) {
      case TiffPacking.NONE,
          TiffFax.RUN_LENGTHS,
          TiffFax.T4,
          TiffFax.T6,
          TiffPacking.LZW,
          JPEG,
          TiffPacking.DEFLATE,
          TiffPacking.DEFLATE_OLD,
          TiffPacking.PACK_BITS -> {}
      case 6 -> throw unsupported("old-style JPEG compression");
      case 34925 -> throw unsupported("LZMA compression");
      case 50000 -> throw unsupported("Zstandard compression");
      case 50001 -> throw unsupported("WebP compression");
      default -> throw unsupported("compression " + packing);
    }
  }

  private static MalformedImage unsupported(String what) {
    return new UnsupportedImage("TIFF with " + what + " is not supported");
  }

  private static void refuse(boolean condition, String what) throws MalformedImage {
    if (condition) {
      throw unsupported(what);
    }
  }

  /** Decodes a file that {@link #read} has accepted. */
  static Image decode(byte[] b) throws MalformedImage, IOException {
    return new TiffDecoder(b).image();
  }

  /** A strip or tile: its position in the image and its size. */
  private record Segment(int index, int left, int top, int columns, int rows) {}

  private Image image() throws MalformedImage, IOException {
    boolean tiled = d.has(TiffDirectory.TILE_OFFSETS);
    int columns = tiled ? d.get(TiffDirectory.TILE_WIDTH, 0) : width;
    int rows =
        tiled
            ? d.get(TiffDirectory.TILE_HEIGHT, 0)
            : Math.min(height, d.get(TiffDirectory.ROWS_PER_STRIP, Integer.MAX_VALUE));
    if (columns < 1 || rows < 1) {
      throw new MalformedImage("the TIFF's strips or tiles have no pixels");
    }
    long most = Math.max(TILE_PIXELS, (long) width * height);
    boolean whole = packing != JPEG || columns % 16 == 0 && rows % 16 == 0;
    if ((long) columns * rows > most || tiled && !whole) {
      throw new MalformedImage("the TIFF has tiles of " + columns + "x" + rows);
    }
    int across = (width - 1) / columns + 1;
    int down = (height - 1) / rows + 1;
    boolean separate = d.get(TiffDirectory.PLANAR, 1) == 2 && samples > 1;
    long segments = (long) across * down * (separate ? samples : 1);
    if (d.count(tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS) < segments) {
      throw new MalformedImage("the TIFF's directory lists too few strips or tiles");
    }
    boolean wrapped = packing == JPEG || isFax();
    refuse(wrapped && segments > MOST_WRAPPED, segments + " strips or tiles of this kind");
    if (photometric == PALETTE) {
      readPalette();
    }
    Image image = Image.black(width, height);
    byte[][] planes = new byte[separate ? samples : 1][];
    for (int i = 0; i < across * down; i++) {
      int top = i / across * rows;
      int held = tiled ? rows : Math.min(rows, height - top);
      Segment s = new Segment(i, i % across * columns, top, columns, held);
      if (packing == JPEG) {
        draw(image, s, jpeg(s, packed(s, s.index, tiled)));
        continue;
      }
      for (int p = 0; p < planes.length; p++) {
        planes[p] =
            unpack(s, packed(s, s.index + p * across * down, tiled), separate ? 1 : samples);
      }
      draw(image, s, planes);
    }
    return image;
  }

  /**
   * The bytes of strip or tile {@code i}, capped at what its pixels can need, since a file may
   * claim all of its bytes for each of a million strips.
   */
  private byte[] packed(Segment s, int i, boolean tiled) throws MalformedImage {
    int offsets = tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS;
    int counts = tiled ? TiffDirectory.TILE_BYTES : TiffDirectory.STRIP_BYTES;
    long from = d.get(offsets, i, 0);
    // Some writers omit the byte counts of uncompressed data.
    long length = d.get(counts, i, packing == TiffPacking.NONE ? b.length - from : 0);
    if (from < 0 || length < 0 || from > b.length || length > b.length - from) {
      throw new MalformedImage("the file ends early");
    }
    long pixels = (long) s.columns * s.rows * samples;
    long most = packing == JPEG || isFax() ? 4 * pixels + SLACK : 4 * pixels + 1024;
    byte[] data = Arrays.copyOfRange(b, (int) from, (int) (from + Math.min(length, most)));
    if (d.get(TiffDirectory.FILL_ORDER, 1) == 2 && packing != JPEG) {
      for (int k = 0; k < data.length; k++) {
        data[k] = (byte) (Integer.reverse(data[k]) >>> 24);
      }
    }
    return data;
  }

  /** Unpacks to one byte per sample; 16-bit samples keep their high byte. */
  private byte[] unpack(Segment s, byte[] data, int perPixel) throws MalformedImage, IOException {
    if (isFax()) {
      return TiffFax.unpack(d, data, s.columns, s.rows);
    }
    int perRow = Math.multiplyExact(s.columns, perPixel);
    int rowBytes = (int) (((long) perRow * bits + 7) / 8);
    byte[] raw = TiffPacking.unpack(packing, data, Math.multiplyExact(rowBytes, s.rows));
    boolean differences =
        d.get(TiffDirectory.PREDICTOR, 1) == 2
            && packing != TiffPacking.NONE
            && packing != TiffPacking.PACK_BITS;
    if (bits == 8) {
      for (int i = 0; differences && i < raw.length; i++) {
        raw[i] += i % rowBytes >= perPixel ? raw[i - perPixel] : 0;
      }
      return raw;
    }
    byte[] out = new byte[perRow * s.rows];
    for (int y = 0; y < s.rows; y++) {
      if (bits == 16) {
        deepRow(raw, y * rowBytes, out, y * perRow, perRow, differences ? perPixel : 0);
      } else {
        for (int x = 0; x < perRow; x++) {
          int at = x * bits;
          int v = raw[y * rowBytes + (at >> 3)] >> 8 - bits - (at & 7);
          out[y * perRow + x] = (byte) (v & (1 << bits) - 1);
        }
      }
    }
    return out;
  }

  /**
   * Keeps the high bytes of a row of 16-bit samples. With {@code step > 0}, each is stored as the
   * difference from the sample {@code step} before it.
   */
  private void deepRow(byte[] raw, int from, byte[] out, int to, int count, int step) {
    int[] before = new int[Math.max(1, step)];
    for (int x = 0; x < count; x++) {
      int at = from + 2 * x;
      int v = d.littleEndian() ? Bytes.u16le(raw, at) : Bytes.u16be(raw, at);
      if (step > 0) {
        v = v + before[x % step] & 0xffff;
        before[x % step] = v;
      }
      out[to + x] = (byte) (v >> 8);
    }
  }

  private void draw(Image image, Segment s, byte[][] planes) {
    int rows = Math.min(s.rows, height - s.top);
    int columns = Math.min(s.columns, width - s.left);
    boolean separate = planes.length > 1;
    int step = separate ? 1 : samples;
    int[] pixel = new int[samples];
    for (int y = 0; y < rows; y++) {
      int to = ((s.top + y) * width + s.left) * 3;
      for (int x = 0; x < columns; x++, to += 3) {
        int from = (y * s.columns + x) * step;
        for (int c = 0; c < samples; c++) {
          pixel[c] = (separate ? planes[c][from] : planes[0][from + c]) & 255;
        }
        store(image.rgb(), to, pixel);
      }
    }
  }

  /** Reads the color map, keeping the high byte of each 16-bit entry. */
  private void readPalette() {
    int colors = 1 << bits;
    palette = new int[colors];
    for (int i = 0; i < colors; i++) {
      for (int c = 0; c < 3; c++) {
        int v = (int) d.get(TiffDirectory.COLOR_MAP, c * colors + i, 0) >> 8 & 255;
        palette[i] |= v << 16 - 8 * c;
      }
    }
  }

  private void store(byte[] to, int o, int[] p) {
    switch (photometric) {
      case WHITE_IS_ZERO, BLACK_IS_ZERO -> {
        int v = bits < 8 ? p[0] * (255 / ((1 << bits) - 1)) : p[0];
        Arrays.fill(to, o, o + 3, (byte) (photometric == WHITE_IS_ZERO ? 255 - v : v));
      }
      case PALETTE -> {
        to[o] = (byte) (palette[p[0]] >> 16);
        to[o + 1] = (byte) (palette[p[0]] >> 8);
        to[o + 2] = (byte) palette[p[0]];
      }
      case CMYK -> {
        for (int c = 0; c < 3; c++) {
          to[o + c] = (byte) ink(p[c], 255 - p[3]);
        }
      }
      default -> {
        for (int c = 0; c < 3; c++) {
          to[o + c] = (byte) (divides ? unpremultiply(p[c], p[3]) : p[c]);
        }
      }
    }
  }

  /** Pillow's CMYK conversion. */
  private static int ink(int v, int white) {
    int t = v * white + 128;
    return Math.max(0, white - ((t >> 8) + t >> 8));
  }

  /** Undoes the multiplication of a color by its alpha. */
  private static int unpremultiply(int v, int alpha) {
    return alpha == 0 ? 0 : Math.min(255, v * 255 / alpha);
  }

  /** Decodes a JPEG strip or tile together with the shared tables. */
  private Image jpeg(Segment s, byte[] data) throws MalformedImage, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(data.length + 1024);
    out.writeBytes(HexFormat.of().parseHex("ffd8"));
    if (photometric == RGB || photometric == YCBCR) {
      // An Adobe marker states the color space, which the directory defines and the stream does
      // not.
      out.writeBytes(HexFormat.of().parseHex("ffee000e41646f6265006400000000"));
      out.write(photometric == RGB ? 0 : 1);
    }
    refuse(d.count(TiffDirectory.JPEG_TABLES) > SLACK, "JPEG tables of that size");
    byte[] tables = d.bytes(TiffDirectory.JPEG_TABLES);
    if (tables.length > 4) {
      out.write(tables, 2, tables.length - 4);
    }
    if (data.length < 4 || Bytes.u16be(data, 0) != 0xffd8) {
      throw new MalformedImage("a strip or tile of the TIFF is not a JPEG stream");
    }
    out.write(data, 2, data.length - 2);
    byte[] stream = out.toByteArray();
    ImageHeader header = header(stream, s);
    if (header.width() != s.columns || header.height() != s.rows) {
      throw new MalformedImage("a strip or tile of the TIFF differs in size from its JPEG stream");
    }
    Image part = ImageDecoder.decode(stream, header);
    refuse(part.width() != s.columns || part.height() != s.rows, "strips of that many pixels");
    return part;
  }

  private static ImageHeader header(byte[] stream, Segment s) throws MalformedImage {
    try {
      return HeaderReader.read(stream);
    } catch (IndexOutOfBoundsException e) {
      throw new MalformedImage("the JPEG stream of strip or tile " + s.index + " ends early");
    }
  }

  private void draw(Image image, Segment s, Image part) {
    int rows = Math.min(s.rows, height - s.top);
    int columns = Math.min(s.columns, width - s.left);
    for (int y = 0; y < rows; y++) {
      System.arraycopy(
          part.rgb(),
          y * s.columns * 3,
          image.rgb(),
          ((s.top + y) * width + s.left) * 3,
          columns * 3);
    }
  }
}
