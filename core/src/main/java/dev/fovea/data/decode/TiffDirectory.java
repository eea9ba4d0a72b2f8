package dev.fovea.data.decode;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.MalformedImage;
import java.util.HashMap;
import java.util.Map;

/**
 * The first directory of a TIFF or BigTIFF: values by tag. Every count and offset is checked
 * against the file's length before use.
 */
final class TiffDirectory {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int FILL_ORDER = 266;
  static final int STRIP_OFFSETS = 273;
  static final int ORIENTATION = 274;
  static final int SAMPLES = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_BYTES = 279;
  static final int PLANAR = 284;
  static final int T4_OPTIONS = 292;
  static final int T6_OPTIONS = 293;
  static final int PREDICTOR = 317;
  static final int COLOR_MAP = 320;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_BYTES = 325;
  static final int EXTRA_SAMPLES = 338;
  static final int SAMPLE_FORMAT = 339;
  static final int JPEG_TABLES = 347;

  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;
  private static final int LONG8 = 16;

  private final byte[] b;
  private final boolean little;

  /** Type, count and offset of a tag's values. */
  private record Field(int kind, int count, int at) {}

  private final Map<Integer, Field> fields = new HashMap<>();

  private TiffDirectory(byte[] b, boolean little) {
    this.b = b;
    this.little = little;
  }

  static boolean accepts(byte[] b) {
    if (b.length < 8 || b[0] != b[1] || b[0] != 'I' && b[0] != 'M') {
      return false;
    }
    int version = b[0] == 'I' ? Bytes.u16le(b, 2) : Bytes.u16be(b, 2);
    return version == 42 || version == 43;
  }

  static TiffDirectory read(byte[] b) throws MalformedImage {
    TiffDirectory d = new TiffDirectory(b, b[0] == 'I');
    boolean big = d.u16(2) == 43;
    int at = d.checkOffset(big ? d.i64(8) : d.u32(4), big ? 8 : 2);
    long entries = big ? d.i64(at) : d.u16(at);
    int size = big ? 20 : 12;
    at = d.checkOffset(at + (big ? 8L : 2L), 0);
    if (entries < 0 || entries > (b.length - at) / size) {
      throw new MalformedImage("the TIFF's directory extends beyond the file");
    }
    for (int i = 0; i < entries; i++, at += size) {
      d.readField(at, big);
    }
    return d;
  }

  /** Fields of other types, or outside the file, are ignored. */
  private void readField(int at, boolean big) {
    int kind = u16(at + 2);
    int size =
        switch (kind) {
          case BYTE, UNDEFINED -> 1;
          case SHORT -> 2;
          case LONG -> 4;
          case LONG8 -> 8;
          default -> 0;
        };
    long count = big ? i64(at + 4) : u32(at + 4);
    int inline = at + (big ? 12 : 8);
    if (size == 0 || count < 1 || count > b.length / size) {
      return;
    }
    long from = count * size <= (big ? 8 : 4) ? inline : big ? i64(inline) : u32(inline);
    if (from >= 0 && from <= b.length - count * size) {
      fields.putIfAbsent(u16(at), new Field(kind, (int) count, (int) from));
    }
  }

  private int checkOffset(long at, int size) throws MalformedImage {
    if (at < 0 || at > b.length - size) {
      throw new MalformedImage("the TIFF's directory extends beyond the file");
    }
    return (int) at;
  }

  private int u16(int at) {
    return little ? Bytes.u16le(b, at) : Bytes.u16be(b, at);
  }

  private long u32(int at) {
    return (little ? Bytes.i32le(b, at) : Bytes.i32be(b, at)) & 0xffffffffL;
  }

  private long i64(int at) {
    long low = u32(little ? at : at + 4);
    return u32(little ? at + 4 : at) << 32 | low;
  }

  boolean littleEndian() {
    return little;
  }

  boolean has(int tag) {
    return fields.containsKey(tag);
  }

  int count(int tag) {
    Field f = fields.get(tag);
    return f == null ? 0 : f.count;
  }

  /** Value {@code i} of a tag, or {@code otherwise} if there is none. */
  long get(int tag, int i, long otherwise) {
    Field f = fields.get(tag);
    if (f == null || i >= f.count) {
      return otherwise;
    }
    return switch (f.kind) {
      case SHORT -> u16(f.at + 2 * i);
      case LONG -> u32(f.at + 4 * i);
      case LONG8 -> i64(f.at + 8 * i);
      default -> b[f.at + i] & 255;
    };
  }

  /** The first value of a tag, clamped to an {@code int}. */
  int get(int tag, int otherwise) {
    long v = get(tag, 0, otherwise);
    return v < 0 || v > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) v;
  }

  /** The values as bytes. */
  byte[] bytes(int tag) {
    byte[] out = new byte[count(tag)];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) get(tag, i, 0);
    }
    return out;
  }
}
