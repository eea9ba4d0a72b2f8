package dev.fovea.data.decode;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Resize;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * Reads and applies the EXIF orientation (tag 0x0112 of the first directory).
 *
 * <p>Follows Pillow's {@code getexif}: accepts every numeric TIFF type but BYTE, the last of
 * repeated entries wins, and EXIF takes precedence over XMP.
 */
final class Exif {
  /** The first of the orientations 5..8, which turn rows into columns. */
  static final int FIRST_TURNED = 5;

  /** Prefix of EXIF data in JPEG files, and sometimes elsewhere. */
  static final String PREFIX = "Exif\0\0";

  private static final int ORIENTATION = 0x0112;

  /** Bytes per directory entry. */
  private static final int ENTRY = 12;

  /** Bytes per value, by TIFF type; 0 for unassigned types. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};

  private Exif() {}

  /** The orientation 1..8 in the TIFF structure at {@code at}; 1 if it is absent or damaged. */
  static int orientation(byte[] b, int at, int length) {
    return orientation(find(b, at, length), OptionalInt.empty());
  }

  /**
   * Chooses between the EXIF and XMP orientation.
   *
   * @param exif from {@link #find}; takes precedence if present, even if it is not a valid
   *     orientation
   * @param xmp from {@link Xmp#find}
   * @return 1..8; 1 if neither is valid
   */
  static int orientation(OptionalInt exif, OptionalInt xmp) {
    int value = exif.isPresent() ? exif.getAsInt() : xmp.orElse(1);
    return value >= 1 && value <= 8 ? value : 1;
  }

  /**
   * Finds the orientation entry in EXIF data.
   *
   * @param b contains a TIFF structure at {@code at}, optionally preceded by {@link #PREFIX}
   * @return empty if there is no such entry or the data is damaged before it; 0 if its value is not
   *     an integer
   */
  static OptionalInt find(byte[] b, int at, int length) {
    int from = at;
    int left = Math.min(length, b.length - at);
    while (left >= PREFIX.length() && Bytes.ascii(b, from, PREFIX)) {
      from += PREFIX.length();
      left -= PREFIX.length();
    }
    if (left < 8) {
      return OptionalInt.empty();
    }
    ByteBuffer tiff = ByteBuffer.wrap(b, from, left).slice();
    boolean little = tiff.get(0) == 'I' && tiff.get(1) == 'I';
    boolean big = tiff.get(0) == 'M' && tiff.get(1) == 'M';
    int magic = tiff.getShort(2);
    if (!little && !big || magic != '*' && magic != '*' << 8) {
      return OptionalInt.empty();
    }
    return find(tiff.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
  }

  private static OptionalInt find(ByteBuffer tiff) {
    OptionalInt found = OptionalInt.empty();
    try {
      seek(tiff, tiff.getInt(4));
      int entries = tiff.getShort() & 0xffff;
      for (int i = 0; i < entries && tiff.remaining() >= ENTRY; i++) {
        int tag = tiff.getShort() & 0xffff;
        int type = tiff.getShort() & 0xffff;
        long count = tiff.getInt() & 0xffffffffL;
        int next = tiff.position() + 4;
        long size = type < SIZES.length ? count * SIZES[type] : 0;
        if (size > 4) {
          seek(tiff, tiff.getInt());
          if (size > tiff.remaining()) {
            return found;
          }
        }
        if (tag == ORIENTATION && size > 0) {
          found = OptionalInt.of(value(tiff, type));
        }
        seek(tiff, next);
      }
    } catch (BufferUnderflowException e) {
      // The directory is truncated; entries before the end still count.
    }
    return found;
  }

  private static void seek(ByteBuffer tiff, int to) {
    if (to < 0 || to > tiff.limit()) {
      throw new BufferUnderflowException();
    }
    tiff.position(to);
  }

  /** Reads a value of this type at the current position; 0 if it is not an integer. */
  private static int value(ByteBuffer tiff, int type) {
    return switch (type) {
      case 3 -> tiff.getShort() & 0xffff;
      case 4, 9, 13 -> tiff.getInt();
      case 5 -> ratio(tiff.getInt() & 0xffffffffL, tiff.getInt() & 0xffffffffL);
      case 6 -> tiff.get();
      case 8 -> tiff.getShort();
      case 10 -> ratio(tiff.getInt(), tiff.getInt());
      case 11 -> whole(tiff.getFloat());
      case 12 -> whole(tiff.getDouble());
      case 16 -> whole(tiff.getLong());
      default -> 0;
    };
  }

  private static int ratio(long numerator, long denominator) {
    return denominator == 0 || numerator % denominator != 0 ? 0 : whole(numerator / denominator);
  }

  private static int whole(double value) {
    return value == (int) value ? (int) value : 0;
  }

  /**
   * The rectangle of a stored image that becomes a rectangle of the upright one.
   *
   * @param box lies within the upright image
   * @param width pixels per row as stored
   * @param height rows as stored
   */
  static Resize.Box stored(Resize.Box box, int orientation, int width, int height) {
    boolean turned = orientation >= FIRST_TURNED;
    int left = turned ? box.top() : box.left();
    int top = turned ? box.left() : box.top();
    int across = turned ? box.height() : box.width();
    int down = turned ? box.width() : box.height();
    return new Resize.Box(
        isMirrored(orientation) ? width - left - across : left,
        isFlipped(orientation) ? height - top - down : top,
        across,
        down);
  }

  /** Whether the columns of the stored image are reversed in the upright one. */
  static boolean isMirrored(int orientation) {
    return switch (orientation) {
      case 2, 3, 7, 8 -> true;
      default -> false;
    };
  }

  /** Whether the rows of the stored image are reversed in the upright one. */
  static boolean isFlipped(int orientation) {
    return switch (orientation) {
      case 3, 4, 6, 7 -> true;
      default -> false;
    };
  }

  /**
   * Rotates and mirrors an image to be upright, by its EXIF orientation; those from {@link
   * #FIRST_TURNED} swap width and height.
   */
  static Image upright(Image in, int orientation) {
    if (orientation <= 1) {
      return in;
    }
    int w = in.width();
    int h = in.height();
    boolean swap = orientation >= FIRST_TURNED;
    Image out = Image.black(swap ? h : w, swap ? w : h);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int ox =
            switch (orientation) {
              case 2, 3 -> w - 1 - x;
              case 4 -> x;
              case 5, 8 -> y;
              default -> h - 1 - y;
            };
        int oy =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> h - 1 - y;
              case 5, 6 -> x;
              default -> w - 1 - x;
            };
        System.arraycopy(in.rgb(), (y * w + x) * 3, out.rgb(), (oy * out.width() + ox) * 3, 3);
      }
    }
    return out;
  }
}
