package dev.fovea.data.image;

import dev.fovea.api.Api;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resizes pictures with an antialiased separable filter; byte-identical to Pillow's {@code
 * Image.resize}.
 *
 * <p>Filter weights are computed in double, normalized, and rounded to 22-bit fixed point. The
 * horizontal pass comes first and is rounded to 8 bits, then the vertical pass. Source: Pillow's
 * Resample.c; Geometry.c for {@link Interpolation#NEAREST}.
 *
 * <p>Of a {@link Picture} only the rectangle that the filter reads is asked for. A picture that can
 * be decoded at a smaller scale is decoded at the smallest that is fine enough for the size wanted,
 * and the result is then near to that of all pixels ({@link LowFrequencyWeights}); {@link Decoding}
 * says which pictures can. {@link Interpolation#NEAREST} takes single pixels, which a smaller scale
 * does not have, so it never uses one.
 */
public final class Resize {
  private static final int LONGEST = 1 << 24;

  private Resize() {}

  /** Resizes all of {@code in}. */
  public static Image to(Picture in, int width, int height, Interpolation filter) {
    return region(in, Box.of(in), width, height, filter);
  }

  /**
   * Resizes the shorter side to {@code side} and keeps the aspect ratio; the longer side is rounded
   * down, as in torchvision's {@code Resize(side)}.
   */
  public static Image shorterSide(Picture in, int side, Interpolation filter) {
    Box size = shorterSideSize(in, side);
    return to(in, size.width, size.height, filter);
  }

  /** The size of the result of {@link #shorterSide}, as a box at (0, 0). */
  public static Box shorterSideSize(Picture in, int side) {
    return shorterSideSize(in.width(), in.height(), side);
  }

  /** The same for a picture of {@code w} columns and {@code h} rows. */
  public static Box shorterSideSize(int w, int h, int side) {
    long longer = (long) side * Math.max(w, h) / Math.min(w, h);
    if (longer > LONGEST) {
      throw new DataException(
          "an image of "
              + w
              + "x"
              + h
              + " is too long and narrow to resize its shorter side to "
              + side
              + "; expected a longer side of at most "
              + LONGEST
              + " afterwards; cut the image");
    }
    return w <= h ? new Box(0, 0, side, (int) longer) : new Box(0, 0, (int) longer, side);
  }

  /**
   * A rectangle of pixels inside a picture.
   *
   * <pre>{@code
   * Resize.Box upperLeft = new Resize.Box(0, 0, 32, 32);
   * System.out.println(Image.black(640, 480).part(upperLeft).width());
   * }</pre>
   */
  @Api(Api.Status.STABLE)
  public record Box(int left, int top, int width, int height) {
    /** The box that covers all of {@code in}. */
    public static Box of(Picture in) {
      return new Box(0, 0, in.width(), in.height());
    }
  }

  /** Crops {@code box}, then resizes; pixels outside the box have no influence. */
  public static Image region(Picture in, Box box, int width, int height, Interpolation filter) {
    if (width < 1 || height < 1) {
      throw new DataException(
          "cannot resize to " + width + "x" + height + "; expected at least 1x1");
    }
    return window(in, box, width, height, new Box(0, 0, width, height), filter);
  }

  /**
   * Computes only the part {@code window} of the result of {@link #region}, so a long and narrow
   * picture costs no more than its window.
   */
  public static Image window(
      Picture in, Box box, int width, int height, Box window, Interpolation filter) {
    if (box.width == width && box.height == height) {
      return in.part(
          new Box(box.left + window.left, box.top + window.top, window.width, window.height));
    }
    if (filter == Interpolation.NEAREST) {
      return nearest(in, box, width, height, window);
    }
    Optional<BlockScale> scale = scale(in, box, width, height, filter);
    if (scale.isPresent()) {
      return scaled(in, scale.get(), box, width, height, window, filter);
    }
    FilterWeights across =
        box.width == width
            ? null
            : FilterWeights.of(box.width, 0, box.width, width, window.left, window.width, filter);
    FilterWeights down =
        box.height == height
            ? null
            : FilterWeights.of(
                box.height, 0, box.height, height, window.top, window.height, filter);
    Box read = read(across, down, window);
    return resample(
        Pixels.of(in, new Box(box.left + read.left, box.top + read.top, read.width, read.height)),
        read.height,
        window,
        across == null ? null : across.startingAt(read.left),
        down == null ? null : down.startingAt(read.top),
        filter.overshoots());
  }

  /**
   * The scale at which {@code in} is decoded when {@code box} is resized; nothing for full size.
   */
  public static Optional<BlockScale> scale(
      Picture in, Box box, int width, int height, Interpolation filter) {
    return filter == Interpolation.NEAREST
        ? Optional.empty()
        : in.scale(Math.min((double) box.width / width, (double) box.height / height));
  }

  /** Resizes the samples of a smaller scale. Samples around the box have influence. */
  private static Image scaled(
      Picture in,
      BlockScale scale,
      Box box,
      int width,
      int height,
      Box window,
      Interpolation filter) {
    FilterWeights across =
        LowFrequencyWeights.of(
            scale.across(), box.left, box.width, width, window.left, window.width, filter);
    FilterWeights down =
        LowFrequencyWeights.of(
            scale.down(), box.top, box.height, height, window.top, window.height, filter);
    Box read = read(across, down, window);
    return resample(
        new Pixels(in.part(read, scale).rgb(), 0, read.width * Image.CHANNELS),
        read.height,
        window,
        across.startingAt(read.left),
        down.startingAt(read.top),
        true);
  }

  /** The rectangle that is read; without weights, columns or rows are taken as they are. */
  private static Box read(
      @Nullable FilterWeights across, @Nullable FilterWeights down, Box window) {
    int left = across == null ? window.left : across.least();
    int top = down == null ? window.top : down.least();
    return new Box(
        left,
        top,
        across == null ? window.width : across.most() - left,
        down == null ? window.height : down.most() - top);
  }

  private static Image resample(
      Pixels p,
      int rows,
      Box window,
      @Nullable FilterWeights across,
      @Nullable FilterWeights down,
      boolean overshoots) {
    boolean wide =
        across != null && across.widest() > Resampler.WIDEST
            || down != null && down.widest() > Resampler.WIDEST;
    byte[] rgb =
        wide
            ? WideResampler.resample(p, rows, window.width, across, down)
            : new Resampler(p, rows, window.width, across, down, overshoots).resample();
    return new Image(window.width, window.height, rgb);
  }

  private static Image nearest(Picture in, Box box, int width, int height, Box window) {
    int[] fromX = places(box.width, width, window.left, window.width);
    int[] fromY = places(box.height, height, window.top, window.height);
    int left = fromX[0];
    int top = fromY[0];
    Box read =
        new Box(
            box.left + left,
            box.top + top,
            fromX[window.width - 1] + 1 - left,
            fromY[window.height - 1] + 1 - top);
    Pixels p = Pixels.of(in, read);
    Image out = Image.black(window.width, window.height);
    for (int y = 0; y < window.height; y++) {
      int row = p.start() + (fromY[y] - top) * p.stride();
      int o = y * window.width * 3;
      for (int x = 0; x < window.width; x++, o += 3) {
        int at = row + (fromX[x] - left) * 3;
        out.rgb()[o] = p.rgb()[at];
        out.rgb()[o + 1] = p.rgb()[at + 1];
        out.rgb()[o + 2] = p.rgb()[at + 2];
      }
    }
    return out;
  }

  /**
   * Source index of {@code count} output pixels from {@code begin} on. Accumulates the step as
   * Pillow does, because the rounding of the running sum decides ties.
   */
  private static int[] places(int from, int to, int begin, int count) {
    double step = (double) from / to;
    double at = step * 0.5;
    int[] places = new int[count];
    for (int i = 0; i < begin + count; i++) {
      if (i >= begin) {
        places[i - begin] = Math.min(from - 1, (int) at);
      }
      at += step;
    }
    return places;
  }
}
