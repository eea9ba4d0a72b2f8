package dev.fovea.data.decode;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Reduction;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Encoded bytes to 8-bit RGB, with one result per kind of file.
 *
 * <p>Grey is repeated over the three channels; palettes are looked up; alpha is dropped, not
 * composited; 16-bit samples keep their high byte; CMYK and YCCK go through Pillow's formula;
 * colour profiles are ignored; of an animation the first frame counts; EXIF orientation is applied
 * unless {@link DecodeLimits} says otherwise. Images above 50 megapixels are reduced to that by
 * means of whole squares, as Pillow's {@code reduce} does. What is not refused equals Pillow's
 * {@code convert("RGB")} byte for byte (of 16-bit grey, which Pillow clips, we keep the high byte);
 * docs/images.md has the table. Safe for any number of threads.
 */
public final class ImageDecoder {
  /** Pixels up to which an image is decoded as it is; larger ones are reduced. */
  static final int FULL_PIXELS = 50_000_000;

  private static final long MEGA = 1_000_000;

  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /** {@link #decode(byte[], String, DecodeLimits)} within {@link DecodeLimits#STANDARD}. */
  public static Image decode(byte[] bytes, String name) {
    return decode(bytes, name, DecodeLimits.STANDARD);
  }

  /**
   * Decodes an image.
   *
   * @param name names the file in errors
   * @throws DataException for whatever a damaged, hostile or unsupported file causes, always naming
   *     the file
   */
  public static Image decode(byte[] bytes, String name, DecodeLimits limits) {
    if (bytes.length > limits.maxBytes()) {
      throw new DataException(
          "image "
              + name
              + " is "
              + bytes.length
              + " bytes long; the limit is "
              + limits.maxBytes()
              + " bytes; raise data.max_megapixels, which it follows, or shrink the image");
    }
    ImageHeader header = ImageHeader.read(bytes, name);
    checkSize(header, name, limits);
    long memory = memory(header);
    try (DecodeMemory.Claim claim = DecodeMemory.SHARED.claim(memory)) {
      Image image = Reduction.within(decode(bytes, header), FULL_PIXELS);
      return limits.applyOrientation() ? Exif.upright(image, header.orientation()) : image;
    } catch (OutOfMemoryError e) {
      throw new DataException(
          "image "
              + name
              + " of "
              + header.width()
              + "x"
              + header.height()
              + " pixels needs about "
              + memory / MEGA
              + " MB to decode, and the heap of this JVM ends at "
              + Runtime.getRuntime().maxMemory() / MEGA
              + " MB; start Java with a larger one (-Xmx), or shrink the image",
          e);
    } catch (MalformedImage | IOException | RuntimeException | Error e) {
      // Decoders answer damaged files with anything, StackOverflowError and
      // ExceptionInInitializerError included.
      MalformedImage why =
          e instanceof MalformedImage m
              ? m
              : new MalformedImage(
                  e instanceof EOFException
                      ? "the file ends early"
                      : "the decoder failed (" + e + ")");
      throw new DataException(
          "cannot decode image "
              + name
              + " ("
              + header.format()
              + ", "
              + header.width()
              + "x"
              + header.height()
              + "): "
              + why.getMessage()
              + "; "
              + why.advice(),
          e);
    }
  }

  private static void checkSize(ImageHeader header, String name, DecodeLimits limits) {
    if (header.pixels() > limits.maxPixels()) {
      throw new DataException(
          "image "
              + name
              + " has "
              + header.width()
              + "x"
              + header.height()
              + " pixels ("
              + (header.pixels() + MEGA - 1) / MEGA
              + " megapixels); the limit is "
              + limits.maxPixels() / MEGA
              + " megapixels; raise data.max_megapixels or shrink the image");
    }
  }

  /** The pixels of a file whose header was read and accepted, not yet turned upright. */
  static Image decode(byte[] bytes, ImageHeader header) throws MalformedImage, IOException {
    return switch (header.format()) {
      case PNG -> PngDecoder.decode(bytes, header);
      case JPEG -> JpegDecoder.decode(bytes, FULL_PIXELS);
      case GIF -> gif(read(bytes, header), bytes, header);
      case BMP ->
          header.bits() == 16 ? BmpDecoder.sixteen(bytes, header) : rgb(read(bytes, header));
      case WEBP -> WebpDecoder.decode(bytes, header);
      case TIFF -> TiffDecoder.decode(bytes);
      case PNM -> PnmDecoder.decode(bytes, header);
    };
  }

  /**
   * Bytes of heap that decoding takes, at most about: samples, colors, and those turned upright.
   */
  private static long memory(ImageHeader header) {
    if (header.format() == ImageFormat.JPEG) {
      int samples = header.colour() == ImageHeader.Colour.CMYK ? 7 : 6;
      return header.pixels() <= FULL_PIXELS
          ? samples * header.pixels()
          : samples * Math.min(header.pixels(), JpegDecoder.STRIP_PIXELS) + 6L * FULL_PIXELS;
    }
    // Lossless WebP keeps two images of 32 bits, TIFF a strip that may hold the whole image.
    boolean wide = header.format() == ImageFormat.WEBP || header.format() == ImageFormat.TIFF;
    return (wide ? 16 : 10) * header.pixels();
  }

  private static ImageReader reader(String format) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new IOException("no decoder for " + format + " is installed; is the jar complete?");
    }
    return readers.next();
  }

  private static BufferedImage read(byte[] bytes, ImageHeader header)
      throws IOException, MalformedImage {
    ImageReader reader = reader(header.format().name());
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      if ((long) reader.getWidth(0) * reader.getHeight(0) > header.pixels()) {
        throw new MalformedImage("two headers of the file disagree about its size");
      }
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Draws the first frame on the logical screen as Pillow does: around it the transparent colour,
   * else colour 0.
   */
  private static Image gif(BufferedImage frame, byte[] bytes, ImageHeader header)
      throws MalformedImage {
    if (frame.getWidth() == header.width() && frame.getHeight() == header.height()) {
      return rgb(frame);
    }
    if (!(frame.getColorModel() instanceof IndexColorModel model)) {
      throw new MalformedImage("the GIF has no palette");
    }
    int at = 13 + ((bytes[10] & 0x80) != 0 ? 3 << header.bits() : 0);
    while (bytes[at] == 0x21) {
      at += 2;
      while (bytes[at] != 0) {
        at += 1 + (bytes[at] & 255);
      }
      at++;
    }
    int fill = model.getRGB(Math.max(0, model.getTransparentPixel()));
    Image out = Image.black(header.width(), header.height());
    for (int i = 0; i < out.rgb().length; i += 3) {
      store(out.rgb(), i, fill);
    }
    Image inner = rgb(frame);
    int left = Bytes.u16le(bytes, at + 1);
    int top = Bytes.u16le(bytes, at + 3);
    for (int y = 0; y < inner.height(); y++) {
      System.arraycopy(
          inner.rgb(),
          y * inner.width() * 3,
          out.rgb(),
          ((top + y) * out.width() + left) * 3,
          inner.width() * 3);
    }
    return out;
  }

  /** Never through AWT's colour conversion, which would brighten linear greys. */
  private static Image rgb(BufferedImage in) {
    int w = in.getWidth();
    int h = in.getHeight();
    Image out = Image.black(w, h);
    byte[] to = out.rgb();
    boolean components = in.getColorModel() instanceof ComponentColorModel;
    if (components && in.getRaster().getNumBands() <= 2) {
      int[] grey = new int[w];
      for (int y = 0; y < h; y++) {
        in.getRaster().getSamples(0, y, w, 1, 0, grey);
        for (int x = 0; x < w; x++) {
          store(to, (y * w + x) * 3, grey[x] * 0x010101);
        }
      }
      return out;
    }
    int[] row = new int[w];
    for (int y = 0; y < h; y++) {
      in.getRGB(0, y, w, 1, row, 0, w);
      for (int x = 0; x < w; x++) {
        store(to, (y * w + x) * 3, row[x]);
      }
    }
    return out;
  }

  private static void store(byte[] to, int o, int rgb) {
    to[o] = (byte) (rgb >> 16);
    to[o + 1] = (byte) (rgb >> 8);
    to[o + 2] = (byte) rgb;
  }
}
