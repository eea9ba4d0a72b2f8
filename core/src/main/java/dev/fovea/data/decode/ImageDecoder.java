package dev.fovea.data.decode;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Reduction;
import dev.fovea.data.jpeg.JpegDecoder;
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
import org.jspecify.annotations.Nullable;

/**
 * Decodes images of all supported formats to 8-bit RGB.
 *
 * <p>Gray is replicated to three channels; palettes are resolved; alpha is dropped, not composited;
 * 16-bit samples keep their high byte; CMYK and YCCK are converted as in Pillow; color profiles are
 * ignored; only the first frame of an animation is read; the EXIF orientation is applied unless
 * {@link DecodeLimits} says otherwise. Images above 50 megapixels are reduced by an integer factor,
 * as Pillow's {@code reduce} does.
 *
 * <p>The result is byte-identical to Pillow's {@code convert("RGB")}, except that 16-bit gray,
 * which Pillow clips, keeps its high byte; see docs/images.md for the table. Safe for any number of
 * threads.
 */
public final class ImageDecoder {
  /** Images with more pixels than this are reduced. */
  static final int FULL_PIXELS = 50_000_000;

  private static final long MEGA = 1_000_000;

  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /**
   * Reads the header of an image, whose pixels are decoded when they are asked for: only the
   * rectangle that is needed and, where the format can do it, at a smaller scale.
   *
   * @param bytes the encoded file; nobody writes to it afterwards
   * @param name the file's name for messages
   * @throws DataException if the file is unsupported, too large, or damaged in its header; names
   *     the file
   */
  public static Picture open(byte[] bytes, String name, DecodeLimits limits) {
    return new EncodedPicture(bytes, name, accept(bytes, name, limits), limits);
  }

  /** {@link #decode(byte[], String, DecodeLimits)} within {@link DecodeLimits#STANDARD}. */
  public static Image decode(byte[] bytes, String name) {
    return decode(bytes, name, DecodeLimits.STANDARD);
  }

  /**
   * Decodes an image.
   *
   * @param name the file's name for messages
   * @throws DataException if the file is damaged, hostile, unsupported or too large; names the file
   */
  public static Image decode(byte[] bytes, String name, DecodeLimits limits) {
    return decode(bytes, name, accept(bytes, name, limits), limits);
  }

  private static ImageHeader accept(byte[] bytes, String name, DecodeLimits limits) {
    if (bytes.length > limits.maxBytes()) {
      throw new DataException(
          "image "
              + name
              + " is "
              + bytes.length
              + " bytes long; the limit is "
              + limits.maxBytes()
              + " bytes; raise data.max_megapixels, from which it is derived, or shrink the image");
    }
    ImageHeader header = ImageHeader.read(bytes, name);
    checkSize(header, name, limits);
    return header;
  }

  /** Decodes a file whose header was accepted, to an upright image. */
  static Image decode(byte[] bytes, String name, ImageHeader header, DecodeLimits limits) {
    return guard(
        name,
        header,
        memory -> {
          Image image;
          if (header.format() == ImageFormat.JPEG) {
            JpegDecoder jpeg = JpegDecoder.open(bytes);
            memory.claim(jpeg.memory() + 2 * Image.CHANNELS * reducedPixels(header));
            image = jpeg(jpeg, header);
          } else {
            memory.claim(memory(header));
            image = Reduction.within(decode(bytes, header), FULL_PIXELS);
          }
          return limits.applyOrientation() ? Exif.upright(image, header.orientation()) : image;
        });
  }

  /** Something that decodes a file; it claims its memory first. */
  interface Decoding {
    Image decode(MemoryClaim memory) throws MalformedImage, IOException;
  }

  /** The memory of one decoding, claimed at most once. */
  static final class MemoryClaim {
    private long bytes;
    private DecodeMemory.@Nullable Claim claim;

    /** Waits until so many bytes are free for decoding. */
    void claim(long needed) {
      bytes = needed;
      claim = DecodeMemory.SHARED.claim(needed);
    }

    private void release() {
      if (claim != null) {
        claim.close();
      }
    }
  }

  /** Decodes and turns whatever is thrown into an exception that names the file. */
  static Image guard(String name, ImageHeader header, Decoding decoding) {
    MemoryClaim memory = new MemoryClaim();
    try {
      return decoding.decode(memory);
    } catch (OutOfMemoryError e) {
      throw new DataException(
          "image "
              + name
              + " of "
              + header.width()
              + "x"
              + header.height()
              + " pixels needs about "
              + memory.bytes / MEGA
              + " MB to decode, but the maximum heap of this JVM is "
              + Runtime.getRuntime().maxMemory() / MEGA
              + " MB; start Java with a larger heap (-Xmx), or shrink the image",
          e);
    } catch (MalformedImage | IOException | RuntimeException | Error e) {
      // On damaged files decoders may throw anything, including StackOverflowError and
      // ExceptionInInitializerError.
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
    } finally {
      memory.release();
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

  /** Decodes a file whose header was read and accepted; the orientation is not applied. */
  static Image decode(byte[] bytes, ImageHeader header) throws MalformedImage, IOException {
    return switch (header.format()) {
      case PNG -> PngDecoder.decode(bytes, header);
      case JPEG -> jpeg(JpegDecoder.open(bytes), header);
      case GIF -> gif(read(bytes, header), bytes, header);
      case BMP ->
          header.bits() == 16 ? BmpDecoder.decode16Bit(bytes, header) : rgb(read(bytes, header));
      case WEBP -> WebpDecoder.decode(bytes, header);
      case TIFF -> TiffDecoder.decode(bytes);
      case PNM -> PnmDecoder.decode(bytes, header);
    };
  }

  /**
   * Approximate upper bound of the heap bytes that decoding takes, of other formats than JPEG:
   * samples, RGB, and the upright copy.
   */
  private static long memory(ImageHeader header) {
    // Lossless WebP keeps two 32-bit images; a single TIFF strip may hold the whole image.
    boolean wide = header.format() == ImageFormat.WEBP || header.format() == ImageFormat.TIFF;
    return (wide ? 16 : 10) * header.pixels();
  }

  private static long reducedPixels(ImageHeader header) {
    int factor = factor(header);
    return (long) parts(header.width(), factor) * parts(header.height(), factor);
  }

  /** The factor by which an image is reduced. */
  static int factor(ImageHeader header) {
    return Reduction.factor(header.width(), header.height(), FULL_PIXELS);
  }

  static int parts(int length, int factor) {
    return (length + factor - 1) / factor;
  }

  private static Image jpeg(JpegDecoder decoder, ImageHeader header) throws MalformedImage {
    int factor = factor(header);
    return factor == 1 ? decoder.decode() : decoder.reduce(factor);
  }

  private static ImageReader reader(String format) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new IOException(
          "this Java has no decoder for "
              + format
              + "; use one whose module java.desktop is complete");
    }
    return readers.next();
  }

  private static BufferedImage read(byte[] bytes, ImageHeader header)
      throws IOException, MalformedImage {
    ImageReader reader = reader(header.format().name());
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      if ((long) reader.getWidth(0) * reader.getHeight(0) > header.pixels()) {
        throw new MalformedImage("two headers in the file disagree about the image size");
      }
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Draws the first frame on the logical screen as Pillow does; the background is the transparent
   * color, else color 0.
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

  /** Avoids AWT's color conversion, which would brighten linear gray. */
  private static Image rgb(BufferedImage in) {
    int w = in.getWidth();
    int h = in.getHeight();
    Image out = Image.black(w, h);
    byte[] to = out.rgb();
    boolean components = in.getColorModel() instanceof ComponentColorModel;
    if (components && in.getRaster().getNumBands() <= 2) {
      int[] gray = new int[w];
      for (int y = 0; y < h; y++) {
        in.getRaster().getSamples(0, y, w, 1, 0, gray);
        for (int x = 0; x < w; x++) {
          store(to, (y * w + x) * 3, gray[x] * 0x010101);
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
