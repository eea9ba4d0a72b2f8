package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.i32be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes PNG to RGB, with every color type, bit depth and interlacing of the specification
 * (ISO/IEC 15948).
 *
 * <p>As in Pillow's {@code convert("RGB")}, alpha and {@code tRNS} are dropped, 16-bit samples keep
 * their high byte, gray below 8 bits is scaled to 0..255, and color profiles and gamma are ignored.
 * Checksums of critical chunks are verified.
 *
 * <p>Rows are inflated in bands of about 64 KiB, so decoding takes little memory beyond the RGB
 * array.
 */
final class PngDecoder {
  private static final int BAND = 1 << 16;
  private static final int[] PASS_X = {0, 4, 0, 2, 0, 1, 0};
  private static final int[] PASS_Y = {0, 0, 4, 0, 2, 0, 1};
  private static final int[] STEP_X = {8, 8, 4, 4, 2, 2, 1};
  private static final int[] STEP_Y = {8, 8, 8, 4, 4, 2, 2};

  private final byte[] file;
  private final ImageHeader header;
  private final int samples;
  private final byte[] out;
  private byte[] palette = {};
  private int chunk;
  private int chunkEnd;

  private PngDecoder(byte[] file, ImageHeader header) {
    this.file = file;
    this.header = header;
    this.samples =
        switch (header.color()) {
          case GREY, PALETTE, CMYK -> 1;
          case GREY_ALPHA -> 2;
          case RGB -> 3;
          case RGB_ALPHA -> 4;
        };
    this.out = new byte[Math.multiplyExact(Math.multiplyExact(header.width(), header.height()), 3)];
  }

  static Image decode(byte[] file, ImageHeader header) throws MalformedImage {
    int bits = header.bits();
    boolean known =
        switch (header.color()) {
          case GREY -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
          case PALETTE -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
          default -> bits == 8 || bits == 16;
        };
    if (!known || u8(file, 26) != 0 || u8(file, 27) != 0 || u8(file, 28) > 1) {
      throw new MalformedImage(
          "the PNG header has an invalid combination of color type, bit depth and methods");
    }
    PngDecoder d = new PngDecoder(file, header);
    Inflater inflater = new Inflater();
    try {
      d.findData();
      d.inflateAll(inflater);
    } catch (DataFormatException e) {
      throw new MalformedImage("its compressed data is damaged (" + e.getMessage() + ")");
    } finally {
      inflater.end();
    }
    return new Image(header.width(), header.height(), d.out);
  }

  /** Finds the first IDAT chunk and keeps the palette. */
  private void findData() throws MalformedImage {
    int at = 8;
    while (true) {
      int length = checkedLength(at);
      if (ascii(file, at + 4, "IDAT")) {
        chunk = at + 8;
        chunkEnd = chunk + length;
        break;
      }
      if (ascii(file, at + 4, "IEND")) {
        throw new MalformedImage("the PNG contains no pixels");
      }
      if (ascii(file, at + 4, "PLTE")) {
        palette = new byte[256 * 3];
        System.arraycopy(file, at + 8, palette, 0, Math.min(length, palette.length));
      }
      at += 12 + length;
    }
    if (header.color() == ImageHeader.Color.PALETTE && palette.length == 0) {
      throw new MalformedImage("the PNG's palette is missing");
    }
  }

  private int checkedLength(int at) throws MalformedImage {
    if (at + 12 > file.length) {
      throw new MalformedImage("the file ends early");
    }
    int length = i32be(file, at);
    if (length < 0 || length > file.length - at - 12) {
      throw new MalformedImage("the file ends early");
    }
    boolean critical = (file[at + 4] & 0x20) == 0;
    if (critical) {
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, length + 4);
      if ((int) crc.getValue() != i32be(file, at + 8 + length)) {
        throw new MalformedImage("a PNG chunk's checksum is wrong");
      }
    }
    return length;
  }

  private void inflateAll(Inflater inflater) throws DataFormatException, MalformedImage {
    inflater.setInput(file, chunk, chunkEnd - chunk);
    if (u8(file, 28) == 0) {
      pass(inflater, 0, 0, 1, 1);
      return;
    }
    for (int p = 0; p < 7; p++) {
      pass(inflater, PASS_X[p], PASS_Y[p], STEP_X[p], STEP_Y[p]);
    }
  }

  private void pass(Inflater inflater, int x0, int y0, int dx, int dy)
      throws DataFormatException, MalformedImage {
    int columns = (header.width() - x0 + dx - 1) / dx;
    int rows = (header.height() - y0 + dy - 1) / dy;
    if (columns <= 0 || rows <= 0) {
      return;
    }
    long bitsPerRow = (long) columns * samples * header.bits();
    int rowBytes = Math.toIntExact((bitsPerRow + 7) / 8);
    int bytesPerPixel = Math.max(1, samples * header.bits() / 8);
    int bandRows = Math.min(rows, Math.max(1, BAND / (rowBytes + 1)));
    byte[] band = new byte[bandRows * (rowBytes + 1)];
    byte[] before = new byte[rowBytes];
    for (int row = 0; row < rows; row += bandRows) {
      int n = Math.min(bandRows, rows - row);
      inflate(inflater, band, n * (rowBytes + 1));
      for (int r = 0; r < n; r++) {
        int start = r * (rowBytes + 1);
        byte[] prior = r == 0 ? before : band;
        int priorAt = r == 0 ? 0 : start - rowBytes;
        unfilter(band, start + 1, rowBytes, prior, priorAt, bytesPerPixel);
        emit(band, start + 1, columns, (y0 + (row + r) * dy) * header.width() + x0, dx);
      }
      System.arraycopy(band, (n - 1) * (rowBytes + 1) + 1, before, 0, rowBytes);
    }
  }

  private void inflate(Inflater inflater, byte[] to, int length)
      throws DataFormatException, MalformedImage {
    int got = 0;
    while (got < length) {
      int n = inflater.inflate(to, got, length - got);
      got += n;
      if (n == 0) {
        if (inflater.finished() || inflater.needsDictionary()) {
          throw new MalformedImage("its compressed data ends early");
        }
        nextData(inflater);
      }
    }
  }

  private void nextData(Inflater inflater) throws MalformedImage {
    int at = chunkEnd + 4;
    int length = checkedLength(at);
    if (!ascii(file, at + 4, "IDAT")) {
      throw new MalformedImage("its compressed data ends early");
    }
    chunk = at + 8;
    chunkEnd = chunk + length;
    inflater.setInput(file, chunk, length);
  }

  private static void unfilter(byte[] b, int at, int length, byte[] prior, int priorAt, int bpp)
      throws MalformedImage {
    switch (b[at - 1]) {
      case 0 -> {}
      case 1 -> {
        for (int i = bpp; i < length; i++) {
          b[at + i] += b[at + i - bpp];
        }
      }
      case 2 -> {
        for (int i = 0; i < length; i++) {
          b[at + i] += prior[priorAt + i];
        }
      }
      case 3 -> {
        for (int i = 0; i < length; i++) {
          int left = i < bpp ? 0 : b[at + i - bpp] & 255;
          b[at + i] += (byte) (left + (prior[priorAt + i] & 255) >>> 1);
        }
      }
      case 4 -> paeth(b, at, length, prior, priorAt, bpp);
      default -> throw new MalformedImage("PNG filter " + b[at - 1] + " is invalid");
    }
  }

  private static void paeth(byte[] b, int at, int length, byte[] prior, int priorAt, int bpp) {
    for (int i = 0; i < Math.min(bpp, length); i++) {
      b[at + i] += prior[priorAt + i];
    }
    for (int i = bpp; i < length; i++) {
      int left = b[at + i - bpp] & 255;
      int up = prior[priorAt + i] & 255;
      int corner = prior[priorAt + i - bpp] & 255;
      int toLeft = Math.abs(up - corner);
      int toUp = Math.abs(left - corner);
      int toCorner = Math.abs(left + up - 2 * corner);
      int nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      b[at + i] += (byte) nearest;
    }
  }

  /** Writes an unfiltered row to the pixels {@code first}, {@code first + dx}, ... */
  private void emit(byte[] row, int at, int columns, int first, int dx) {
    int bits = header.bits();
    boolean color = samples >= 3;
    if (bits == 8 && samples == 3 && dx == 1) {
      System.arraycopy(row, at, out, first * 3, columns * 3);
      return;
    }
    boolean indexed = header.color() == ImageHeader.Color.PALETTE;
    int sampleBytes = bits / 8;
    for (int x = 0; x < columns; x++) {
      int to = (first + x * dx) * 3;
      if (bits >= 8) {
        int from = at + x * samples * sampleBytes;
        if (indexed) {
          System.arraycopy(palette, u8(row, from) * 3, out, to, 3);
        } else {
          out[to] = row[from];
          out[to + 1] = row[color ? from + sampleBytes : from];
          out[to + 2] = row[color ? from + 2 * sampleBytes : from];
        }
      } else {
        int value = u8(row, at + x * bits / 8) >> 8 - bits - x * bits % 8 & (1 << bits) - 1;
        if (indexed) {
          System.arraycopy(palette, value * 3, out, to, 3);
        } else {
          byte gray = (byte) (value * (255 / ((1 << bits) - 1)));
          out[to] = gray;
          out[to + 1] = gray;
          out[to + 2] = gray;
        }
      }
    }
  }
}
