package dev.fovea.data.jpeg;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Reduction;
import dev.fovea.data.image.Resize;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a JPEG file to RGB: all of it or a rectangle, in its own size or shrunk in the inverse
 * transform.
 *
 * <p>The result is byte-identical to that of libjpeg-turbo with its default settings, as Pillow
 * gives it; shrunk, to Pillow's {@code draft}. Rows are decoded in bands of about {@link #LANES}
 * MCUs, as far down as the rectangle reaches; of a file with several scans all coefficients are
 * kept. Immutable, so safe for any number of threads, each of which decodes anew.
 */
public final class JpegDecoder {
  /** MCUs of a band, if a row has no more. */
  private static final int LANES = 256;

  private static final int SIDE = 8;

  /** The largest number of samples of a block that {@link #decodeLowFrequencies} gives. */
  public static final int MOST_SAMPLES = 4;

  private final byte[] file;
  private final JpegHeader header;
  private final JpegFile jpeg;

  private JpegDecoder(byte[] file, JpegHeader header, JpegFile jpeg) {
    this.file = file;
    this.header = header;
    this.jpeg = jpeg;
  }

  /**
   * Reads the markers of a file.
   *
   * @param file nobody writes to it afterwards
   * @throws MalformedImage if the file is of a kind that is not supported, or damaged
   */
  public static JpegDecoder open(byte[] file) throws MalformedImage {
    try {
      JpegHeader header = JpegHeader.read(file);
      return new JpegDecoder(file, header, JpegFile.read(file));
    } catch (IndexOutOfBoundsException e) {
      throw new MalformedImage("the file ends early");
    }
  }

  /** Approximate number of bytes of the heap that decoding takes beside its result. */
  public long memory() {
    long file = 0;
    for (Scan scan : jpeg.scans()) {
      file = Math.max(file, scan.end() - scan.start());
    }
    long samples =
        2L * Integer.BYTES * 10 * Zigzag.BLOCK * Math.max(LANES, jpeg.frame().mcusWide());
    return file + samples + (jpeg.isSingleScan() ? 0 : Coefficients.bytes(jpeg.frame()));
  }

  /** Decodes all of the image. */
  public Image decode() throws MalformedImage {
    return decode(1, new Resize.Box(0, 0, header.width(), header.height()));
  }

  /**
   * Decodes a rectangle.
   *
   * @param shrink 1, 2, 4 or 8: the image has ceil(width / shrink) x ceil(height / shrink) pixels
   * @param box lies within that
   * @throws MalformedImage if the file is damaged above the end of the rectangle
   */
  public Image decode(int shrink, Resize.Box box) throws MalformedImage {
    Layout layout = Layout.of(jpeg.frame(), SIDE / shrink);
    return decode(layout, averages(layout), box);
  }

  /**
   * Decodes a rectangle of the image at a scale of which each block holds its lowest frequencies,
   * and nothing of the higher ones: samples are the values of the remaining cosines at their
   * places. Where chroma has fewer samples than luma, its frequencies are weakened as {@link
   * #decode()} weakens them when it interpolates.
   *
   * <p>Pillow's {@code draft} averages pixels instead, so that parts of the higher frequencies
   * appear as lower ones.
   *
   * @param samples of a block along each side, 1 to {@link #MOST_SAMPLES}: the image has ceil(width
   *     * samples / 8) x ceil(height * samples / 8) of them
   * @param box lies within that
   * @throws MalformedImage if the file is damaged above the end of the rectangle
   */
  public Image decodeLowFrequencies(int samples, Resize.Box box) throws MalformedImage {
    Layout layout = Layout.of(jpeg.frame(), samples);
    Layout full = Layout.of(jpeg.frame(), SIDE);
    InverseTransform[] transforms = new InverseTransform[layout.planes().size()];
    for (int c = 0; c < transforms.length; c++) {
      Plane plane = layout.planes().get(c);
      Response response = Response.of(full.planes().get(c), plane);
      transforms[c] =
          InverseTransform.lowFrequencies(
              plane.size(), quantization(c), response.across(), response.down());
    }
    return decode(layout, transforms, box);
  }

  private InverseTransform[] averages(Layout layout) {
    InverseTransform[] transforms = new InverseTransform[layout.planes().size()];
    for (int c = 0; c < transforms.length; c++) {
      transforms[c] = InverseTransform.averages(layout.planes().get(c).size(), quantization(c));
    }
    return transforms;
  }

  /** A component without a scan is gray whatever its table. */
  private int[] quantization(int component) {
    int[] quantization = jpeg.quantization().get(component);
    return quantization == null ? new int[Zigzag.BLOCK] : quantization;
  }

  private Image decode(Layout layout, InverseTransform[] transforms, Resize.Box box)
      throws MalformedImage {
    Window window = Window.of(layout, box);
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(box.width(), box.height()), 3)];
    Renderer.Target target = new Renderer.Target(rgb, box.top());
    render(layout, transforms, window, rows -> target);
    return new Image(box.width(), box.height(), rgb);
  }

  /**
   * Decodes all of the image, reduced by the mean of squares; the whole never stands in memory.
   *
   * @param factor as of {@link Reduction}
   */
  public Image reduce(int factor) throws MalformedImage {
    Layout layout = Layout.of(jpeg.frame(), SIDE);
    int width = layout.width();
    int height = layout.height();
    Window window = Window.of(layout, new Resize.Box(0, 0, width, height));
    Reduction reduction = new Reduction(width, height, factor);
    int most = bandRows(window) * layout.tileHeight() + factor;
    byte[] rows = new byte[Math.multiplyExact(Math.multiplyExact(width, most), 3)];
    int[] reduced = new int[1];
    render(
        layout,
        averages(layout),
        window,
        done -> {
          int n = (done - reduced[0]) / factor * factor;
          reduction.add(rows, n);
          System.arraycopy(rows, n * width * 3, rows, 0, (done - reduced[0] - n) * width * 3);
          reduced[0] += n;
          return new Renderer.Target(rows, reduced[0]);
        });
    reduction.add(rows, height - reduced[0]);
    return reduction.image();
  }

  /** Says where the next rows go. */
  private interface Targets {
    /** The target when {@code done} rows of the image are rendered. */
    Renderer.Target next(int done);
  }

  private static int bandRows(Window window) {
    return Math.max(1, Math.min(window.bottom() - window.top(), LANES / window.wide()));
  }

  private void render(Layout layout, InverseTransform[] transforms, Window window, Targets targets)
      throws MalformedImage {
    BandSource source = BandSource.of(file, jpeg, window);
    int step = bandRows(window);
    Lanes lanes = Lanes.of(step * window.wide());
    Renderer renderer = new Renderer(layout, window, ColorConversion.of(header), lanes);
    boolean lag = layout.planes().stream().anyMatch(Plane::smoothDown);
    Band band = new Band(layout.planes(), lanes);
    Band other =
        lag && window.bottom() - window.top() > step ? new Band(layout.planes(), lanes) : band;
    @Nullable Band before = null;
    for (int row = window.top(); row < window.bottom(); row += step) {
      int rows = Math.min(step, window.bottom() - row);
      band.clear(rows * window.wide());
      source.read(band, row, rows);
      for (int c = 0; c < transforms.length; c++) {
        band.transform(c, transforms[c], rows * window.wide());
      }
      renderer.extend(band, rows);
      if (before != null) {
        renderer.render(
            before, row - step, step, band, targets.next((row - step) * layout.tileHeight()));
      }
      boolean last = row + step >= window.bottom();
      if (last || !lag) {
        renderer.render(band, row, rows, null, targets.next(row * layout.tileHeight()));
      } else {
        before = band;
        band = other;
        other = before;
      }
    }
    if (window.bottom() == jpeg.frame().mcusHigh()) {
      source.finish();
    }
  }
}
