package dev.fovea.data.decode;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Reduction;
import java.awt.Rectangle;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Decodes JPEG to RGB. The JDK's reader gets only the image data (see {@link JpegStream}) and
 * returns raw samples; color conversion and, where the JDK's libjpeg lacks it, vertical chroma
 * interpolation are done here.
 *
 * <p>An image with more pixels than wanted is read in strips that are reduced at once, so it is
 * never in memory as a whole. The reader decodes from the top for every strip.
 */
final class JpegDecoder {
  /** Maximum number of scans, against files made to waste time; encoders write about ten. */
  private static final int MAX_SCANS = 500;

  /** The same limit for large images, as scans times pixels. */
  private static final long MAX_SCANNED_PIXELS = MAX_SCANS * 50_000_000L;

  /**
   * Default number of pixels per strip. The reader decodes all rows above a strip again, so strips
   * are as large as an eighth of the heap allows. The result does not depend on it.
   */
  static final int STRIP_PIXELS =
      (int)
          Math.min(
              250_000_000,
              Math.max(
                  ImageDecoder.FULL_PIXELS, Runtime.getRuntime().maxMemory() / 8 / Image.CHANNELS));

  /**
   * Rows above and below a strip needed to interpolate its chroma; even, like the strips' heights.
   */
  private static final int MARGIN = 2;

  private final JpegHeader header;
  private final JpegStream stream;

  private JpegDecoder(JpegHeader header, JpegStream stream) {
    this.header = header;
    this.stream = stream;
  }

  /** {@link #decode(byte[], int, int)} in strips of {@link #STRIP_PIXELS}. */
  static Image decode(byte[] file, int mostPixels) throws MalformedImage, IOException {
    return decode(file, mostPixels, STRIP_PIXELS);
  }

  /**
   * Decodes a file.
   *
   * @param mostPixels larger images are reduced by {@link Reduction}
   * @param stripPixels approximate pixels per strip of a larger image
   * @throws MalformedImage if the file is damaged or truncated
   */
  static Image decode(byte[] file, int mostPixels, int stripPixels)
      throws MalformedImage, IOException {
    JpegHeader header = JpegHeader.read(file);
    JpegStream stream = JpegStream.of(file);
    long pixels = (long) header.width() * header.height();
    if (stream.scans() > MAX_SCANS || stream.scans() * pixels > MAX_SCANNED_PIXELS) {
      throw new MalformedImage(
          "the JPEG has "
              + stream.scans()
              + " scans, far more than an encoder writes for its size");
    }
    JpegDecoder decoder = new JpegDecoder(header, stream);
    int factor = Reduction.factor(header.width(), header.height(), mostPixels);
    return factor == 1 ? decoder.decodeWhole() : decoder.decodeReduced(factor, stripPixels);
  }

  private Image decodeWhole() throws MalformedImage, IOException {
    int w = header.width();
    int h = header.height();
    byte[] samples = samples(0, h);
    byte[] rgb = header.components() == 3 ? samples : new byte[Math.multiplyExact(w * h, 3)];
    JpegColor.toRgb(samples, w * h, header, rgb);
    return new Image(w, h, rgb);
  }

  private Image decodeReduced(int factor, int stripPixels) throws MalformedImage, IOException {
    int w = header.width();
    int h = header.height();
    Reduction reduction = new Reduction(w, h, factor);
    int unit = factor % 2 == 0 ? factor : 2 * factor;
    int rows = Math.max(1, stripPixels / w / unit) * unit;
    for (int top = 0; top < h; top += rows) {
      int n = Math.min(rows, h - top);
      int from = Math.max(0, top - MARGIN);
      byte[] samples = samples(from, Math.min(h, top + n + MARGIN));
      int rowBytes = w * header.components();
      if (top > from) {
        System.arraycopy(samples, (top - from) * rowBytes, samples, 0, n * rowBytes);
      }
      byte[] rgb = header.components() == 3 ? samples : new byte[Math.multiplyExact(n * w, 3)];
      JpegColor.toRgb(samples, n * w, header, rgb);
      reduction.add(rgb, n);
    }
    return reduction.image();
  }

  /** The interleaved samples of rows {@code from} to {@code to - 1}. */
  private byte[] samples(int from, int to) throws MalformedImage, IOException {
    byte[] samples = read(header, stream, from, to);
    if (!BundledReader.INTERPOLATES_ROWS) {
      JpegChroma.interpolateRows(samples, header, to - from);
    }
    return samples;
  }

  private static byte[] read(JpegHeader header, JpegStream stream, int from, int to)
      throws MalformedImage, IOException {
    ImageReader reader = BundledReader.create();
    boolean[] cut = new boolean[1];
    try (ByteInput in = new ByteInput(stream)) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener(
          (source, warning) ->
              cut[0] |= warning.toLowerCase(Locale.ROOT).contains("premature end of"));
      ImageReadParam rows = reader.getDefaultReadParam();
      rows.setSourceRegion(new Rectangle(0, from, header.width(), to - from));
      Raster raster = reader.readRaster(0, rows);
      if (cut[0]) {
        throw new MalformedImage("the file ends early");
      }
      int length = Math.multiplyExact(header.width() * (to - from), header.components());
      if (raster.getDataBuffer() instanceof DataBufferByte data
          && raster.getNumBands() == header.components()
          && raster.getWidth() == header.width()
          && raster.getHeight() == to - from
          && data.getData().length == length) {
        return data.getData();
      }
      throw new MalformedImage("the decoded JPEG differs from its header");
    } finally {
      reader.dispose();
    }
  }

  /** The JPEG reader bundled with Java, regardless of other installed readers. */
  private static final class BundledReader {
    private static final ImageReaderSpi PROVIDER = provider();

    /**
     * Whether the reader interpolates chroma between rows, as libjpeg-turbo does. The libjpeg 6b in
     * most JDKs repeats rows; builds against a system library may do either.
     */
    private static final boolean INTERPOLATES_ROWS = probe();

    private static ImageReaderSpi provider() {
      Iterator<ImageReaderSpi> all =
          IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
      while (all.hasNext()) {
        ImageReaderSpi spi = all.next();
        if (spi.getClass().getModule() == ImageIO.class.getModule()
            && Arrays.asList(spi.getFormatNames()).contains("jpeg")) {
          return spi;
        }
      }
      throw new IllegalStateException(
          "this Java has no JPEG reader; use one whose module java.desktop is complete");
    }

    static ImageReader create() throws IOException {
      return PROVIDER.createReaderInstance();
    }

    private static boolean probe() {
      try {
        byte[] file = JpegChroma.probe();
        JpegHeader header = JpegHeader.read(file);
        byte[] samples = read(header, JpegStream.of(file), 0, header.height());
        return JpegChroma.isInterpolated(samples, header);
      } catch (MalformedImage | IOException e) {
        throw new IllegalStateException("the JPEG reader of this Java cannot read a valid file", e);
      }
    }
  }

  /** A {@link JpegStream} as input for the reader. */
  private static final class ByteInput extends ImageInputStreamImpl {
    private final byte[] bytes;
    private final int end;

    ByteInput(JpegStream stream) {
      this.bytes = stream.bytes();
      this.end = stream.length();
    }

    @Override
    public int read() {
      bitOffset = 0;
      return streamPos < end ? bytes[(int) streamPos++] & 255 : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      bitOffset = 0;
      int n = (int) Math.min(length, end - streamPos);
      if (n <= 0) {
        return length == 0 ? 0 : -1;
      }
      System.arraycopy(bytes, (int) streamPos, to, offset, n);
      streamPos += n;
      return n;
    }

    @Override
    public long length() {
      return end;
    }
  }
}
