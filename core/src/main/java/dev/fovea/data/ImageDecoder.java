package dev.fovea.data;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
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
 * unless {@link DecodeLimits} says otherwise. PNG and JPEG equal Pillow's {@code convert("RGB")}
 * byte for byte (of 16-bit grey, which Pillow clips, we keep the high byte); so do the kinds of
 * GIF, BMP, WebP, TIFF and PNM that are not refused. Safe for any number of threads.
 */
public final class ImageDecoder {
  /** Scans of a progressive JPEG beyond which it is an attack on time; encoders write about ten. */
  private static final int MAX_SCANS = 500;

  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /** {@link #decode(byte[], String, DecodeLimits)} within {@link DecodeLimits#STANDARD}. */
  public static Image decode(byte[] bytes, String name) {
    return decode(bytes, name, DecodeLimits.STANDARD);
  }

  /**
   * Decodes a picture.
   *
   * @param name names the file in errors
   * @throws DataException for whatever a damaged, hostile or unsupported file causes, always naming
   *     the file
   */
  public static Image decode(byte[] bytes, String name, DecodeLimits limits) {
    if (bytes.length > limits.maxBytes()) {
      throw new DataException(
          "picture "
              + name
              + " is "
              + bytes.length
              + " bytes long; the limit is "
              + limits.maxBytes()
              + "; shrink the picture or raise the limit");
    }
    ImageHeader header = ImageHeader.read(bytes, name);
    if (header.pixels() > limits.maxPixels()) {
      throw new DataException(
          "picture "
              + name
              + " has "
              + header.width()
              + "x"
              + header.height()
              + " pixels; the limit is "
              + limits.maxPixels()
              + " pixels; shrink the picture or raise the limit");
    }
    try {
      Image image = decode(bytes, header);
      return limits.applyOrientation() ? Exif.upright(image, header.orientation()) : image;
    } catch (MalformedImage | IOException | RuntimeException | Error e) {
      // Decoders answer damaged files with anything, StackOverflowError and
      // ExceptionInInitializerError included.
      String why = e instanceof MalformedImage ? e.getMessage() : "the decoder failed (" + e + ")";
      throw new DataException(
          "cannot decode picture "
              + name
              + " ("
              + header.format()
              + ", "
              + header.width()
              + "x"
              + header.height()
              + "): "
              + why
              + "; expected an intact file; replace or delete it",
          e);
    }
  }

  /** The pixels of a file whose header was read and accepted, not yet turned upright. */
  static Image decode(byte[] bytes, ImageHeader header) throws MalformedImage, IOException {
    return switch (header.format()) {
      case PNG -> PngDecoder.decode(bytes, header);
      case JPEG -> jpeg(bytes);
      case GIF -> gif(read(bytes, header), bytes, header);
      case BMP ->
          header.bits() == 16 ? BmpDecoder.sixteen(bytes, header) : rgb(read(bytes, header));
      case WEBP -> WebpDecoder.decode(bytes, header);
      case TIFF -> TiffDecoder.decode(bytes);
      case PNM -> PnmDecoder.decode(bytes, header);
    };
  }

  private static ImageReader reader(String format) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new IOException("no decoder for " + format + " is installed; is the jar complete?");
    }
    return readers.next();
  }

  private static Image jpeg(byte[] bytes) throws MalformedImage, IOException {
    JpegHeader header = JpegHeader.read(bytes);
    if (header.progressive() && scans(bytes) > MAX_SCANS) {
      throw new MalformedImage("the JPEG has more than " + MAX_SCANS + " scans");
    }
    if (!endsWhole(bytes)) {
      throw new MalformedImage("the file ends early");
    }
    ImageReader reader = reader("JPEG");
    boolean[] cut = new boolean[1];
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener(
          (source, warning) ->
              cut[0] |= warning.toLowerCase(Locale.ROOT).contains("premature end of"));
      Raster raster = reader.readRaster(0, null);
      if (cut[0]) {
        throw new MalformedImage("the file ends early");
      }
      return JpegColour.toRgb(raster, header);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Whether an end marker comes after the last scan; libjpeg would fill what is missing with grey.
   */
  private static boolean endsWhole(byte[] b) {
    for (int i = b.length - 2; i >= 0; i--) {
      if (b[i] == (byte) 0xff && b[i + 1] == (byte) 0xd9) {
        return true;
      }
      if (b[i] == (byte) 0xff && b[i + 1] == (byte) 0xda) {
        return false;
      }
    }
    return false;
  }

  private static int scans(byte[] b) {
    int n = 0;
    for (int i = 0; i + 1 < b.length; i++) {
      if (b[i] == (byte) 0xff && b[i + 1] == (byte) 0xda) {
        n++;
      }
    }
    return n;
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
