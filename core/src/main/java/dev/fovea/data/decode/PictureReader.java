package dev.fovea.data.decode;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.image.Picture;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Turns whatever a program has into a picture. Safe for any number of threads. */
public final class PictureReader {
  private static final int BYTE_BITS = 8;

  private PictureReader() {}

  /**
   * Reads a picture of any supported type. What the caller may change afterwards is copied.
   *
   * @param source a {@link Path}, {@code byte[]}, {@link InputStream}, {@link BufferedImage} or
   *     {@link Picture}
   * @param name for messages, unless the source has a name of its own
   * @throws DataException if it cannot be read
   */
  public static Picture open(Object source, String name) {
    if (source instanceof Picture picture) {
      return picture;
    } else if (source instanceof Path file) {
      return ImageDecoder.open(read(file), file.toString(), DecodeLimits.STANDARD);
    } else if (source instanceof byte[] bytes) {
      return ImageDecoder.open(bytes, name, DecodeLimits.STANDARD);
    } else if (source instanceof InputStream stream) {
      return ImageDecoder.open(read(stream, name), name, DecodeLimits.STANDARD);
    } else if (source instanceof BufferedImage image) {
      return image(image);
    }
    throw new IllegalArgumentException(
        name
            + " is a "
            + source.getClass().getName()
            + "; expected a Path, byte[], InputStream, BufferedImage or Picture");
  }

  /** The name of a source in messages: its path, or its place among others. */
  public static String name(Object source, int index) {
    return source instanceof Path path ? path.toString() : "#" + index;
  }

  private static byte[] read(Path file) {
    if (Files.isDirectory(file)) {
      throw new DataException(
          file + " is a folder; name an image file, or list the files of the folder");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DataException(
          file
              + " is a named pipe, a socket or a device, which is never opened; copy its content to"
              + " a file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return limited(in, file.toString());
    } catch (IOException e) {
      throw new DataException(
          "cannot read " + file + " (" + IoReason.of(e) + "); check its path and permissions", e);
    }
  }

  private static byte[] read(InputStream in, String name) {
    try {
      return limited(in, name);
    } catch (IOException e) {
      throw new DataException("cannot read " + name + " (" + IoReason.of(e) + ")", e);
    }
  }

  private static byte[] limited(InputStream in, String name) throws IOException {
    long most = DecodeLimits.STANDARD.maxBytes();
    byte[] bytes = in.readNBytes(Math.toIntExact(Math.min(Integer.MAX_VALUE - 8, most + 1)));
    if (bytes.length > most) {
      throw new DataException(
          name + " is longer than the limit of " + most + " bytes; shrink the image");
    }
    return bytes;
  }

  /**
   * Copies an image of AWT as its file would be decoded: gray is replicated, 16-bit samples keep
   * their high byte, alpha is dropped, and colors of other spaces are converted to sRGB.
   */
  public static Image image(BufferedImage in) {
    ColorModel model = in.getColorModel();
    boolean samples = model instanceof ComponentColorModel && !model.isAlphaPremultiplied();
    // AWT takes gray for linear and would brighten it; files mean the same curve as sRGB.
    boolean gray = model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    boolean standard = model.getColorSpace().isCS_sRGB();
    boolean whole = samples && model.getTransferType() <= DataBuffer.TYPE_USHORT;
    return whole && (gray || standard) ? ofSamples(in, gray) : ofColors(in);
  }

  private static Image ofSamples(BufferedImage in, boolean gray) {
    int w = in.getWidth();
    int h = in.getHeight();
    Raster raster = in.getRaster();
    Image out = Image.black(w, h);
    byte[] rgb = out.rgb();
    int[] row = new int[w];
    for (int c = 0; c < Image.CHANNELS; c++) {
      int band = gray ? 0 : c;
      int bits = in.getColorModel().getComponentSize(band);
      for (int y = 0; y < h; y++) {
        raster.getSamples(0, y, w, 1, band, row);
        int to = y * w * Image.CHANNELS + c;
        for (int x = 0; x < w; x++, to += Image.CHANNELS) {
          rgb[to] = (byte) eightBits(row[x], bits);
        }
      }
    }
    return out;
  }

  private static int eightBits(int sample, int bits) {
    return bits >= BYTE_BITS ? sample >> (bits - BYTE_BITS) : sample * 255 / ((1 << bits) - 1);
  }

  private static Image ofColors(BufferedImage in) {
    int w = in.getWidth();
    int h = in.getHeight();
    Image out = Image.black(w, h);
    byte[] rgb = out.rgb();
    int[] row = new int[w];
    int to = 0;
    for (int y = 0; y < h; y++) {
      in.getRGB(0, y, w, 1, row, 0, w);
      for (int x = 0; x < w; x++, to += Image.CHANNELS) {
        rgb[to] = (byte) (row[x] >> 16);
        rgb[to + 1] = (byte) (row[x] >> 8);
        rgb[to + 2] = (byte) row[x];
      }
    }
    return out;
  }
}
