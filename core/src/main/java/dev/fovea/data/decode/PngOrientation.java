package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.i32be;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads the orientation of a PNG: EXIF data in an {@code eXIf} chunk, else in ImageMagick's {@code
 * Raw profile type exif} text, else XMP in an {@code XML:com.adobe.xmp} text; before or after the
 * pixels. The last of each kind wins, as in Pillow.
 */
final class PngOrientation {
  private static final String RAW_PROFILE = "Raw profile type exif";
  private static final String XMP = "XML:com.adobe.xmp";

  /** Compressed texts that expand beyond this size are skipped, as in Pillow. */
  private static final int MAX_TEXT = 1 << 20;

  /** Maximum number of compressed texts that are read. */
  private static final int MAX_TEXTS = 64;

  private @Nullable OptionalInt exif;
  private @Nullable OptionalInt profile;
  private OptionalInt xmp = OptionalInt.empty();
  private int inflated;

  private PngOrientation() {}

  /** The orientation 1..8 of a PNG file; 1 if it has none or is damaged before it. */
  static int of(byte[] file) {
    PngOrientation found = new PngOrientation();
    for (int at = 8; at <= file.length - 12; ) {
      int length = i32be(file, at);
      if (length < 0 || length > file.length - at - 12) {
        break;
      }
      found.look(file, at + 4, at + 8, length);
      at += 12 + length;
    }
    OptionalInt exif = found.exif == null ? found.profile : found.exif;
    return Exif.orientation(exif == null ? OptionalInt.empty() : exif, found.xmp);
  }

  private void look(byte[] b, int type, int at, int length) {
    if (ascii(b, type, "eXIf")) {
      exif = Exif.find(b, at, length);
    } else if (ascii(b, type, "tEXt") || ascii(b, type, "zTXt") || ascii(b, type, "iTXt")) {
      for (String keyword : new String[] {RAW_PROFILE, XMP}) {
        if (length > keyword.length() && ascii(b, at, keyword + "\0")) {
          byte[] text = text(b, b[type], at + keyword.length() + 1, at + length);
          if (text != null) {
            take(keyword, text);
          }
        }
      }
    }
  }

  private void take(String keyword, byte[] text) {
    if (keyword.equals(XMP)) {
      xmp = Xmp.find(text, 0, text.length);
    } else {
      byte[] data = profile(new String(text, StandardCharsets.ISO_8859_1));
      profile = Exif.find(data, 0, data.length);
    }
  }

  /** The text of a chunk after its keyword, or null if it cannot be read. */
  private byte @Nullable [] text(byte[] b, byte type, int from, int end) {
    if (type == 't') {
      return Arrays.copyOfRange(b, from, end);
    }
    if (type == 'z') {
      return from < end && b[from] == 0 ? inflate(b, from + 1, end) : null;
    }
    if (from + 2 > end) {
      return null;
    }
    int at = from + 2;
    for (int zeros = 0; zeros < 2; at++) {
      if (at >= end) {
        return null;
      }
      zeros += b[at] == 0 ? 1 : 0;
    }
    if (b[from] == 0) {
      return Arrays.copyOfRange(b, at, end);
    }
    return b[from + 1] == 0 ? inflate(b, at, end) : null;
  }

  private byte @Nullable [] inflate(byte[] b, int from, int end) {
    if (++inflated > MAX_TEXTS) {
      return null;
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(b, from, end - from);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = inflater.inflate(buffer); n > 0; n = inflater.inflate(buffer)) {
        out.write(buffer, 0, n);
        if (out.size() > MAX_TEXT) {
          return null;
        }
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      return null;
    } finally {
      inflater.end();
    }
  }

  /** Decodes a raw profile: an empty line, name and length, then the bytes in hexadecimal. */
  private static byte[] profile(String text) {
    String[] lines = text.split("\n", -1);
    StringBuilder digits = new StringBuilder();
    for (int i = 3; i < lines.length; i++) {
      digits.append(lines[i].strip());
    }
    byte[] data = new byte[digits.length() / 2];
    for (int i = 0; i < data.length; i++) {
      int high = Character.digit(digits.charAt(2 * i), 16);
      int low = Character.digit(digits.charAt(2 * i + 1), 16);
      if (high < 0 || low < 0) {
        return new byte[0];
      }
      data[i] = (byte) (high << 4 | low);
    }
    return data;
  }
}
