package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.data.image.Image;
import java.util.Arrays;

/**
 * A signed heat map over its picture in gray: red where the value is positive, blue where it is
 * negative, transparent at 0.
 *
 * <p>The colors are those of ColorBrewer's scheme RdBu, which people with any color vision can tell
 * apart (Harrower and Brewer 2003). The scale is the same to both sides of 0, so that a map which
 * is negative everywhere is blue and nothing else.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   Explanation why =
 *       explainer.explain(
 *           Path.of("cat.jpg"), explainer.method("grad-cam"), explainer.target("tabby"));
 *   HeatMap map = Overlay.map(why);
 *   Image picture = Overlay.of(why.seen(), map, Overlay.full(map), 1);
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Overlay {
  /** The share of the pixels whose absolute value is within the scale. */
  static final double WITHIN = 0.995;

  /** Opacity of the strongest color. */
  static final double OPACITY = 0.85;

  /** From weak to strong. */
  static final int[][] FOR = {{0xf4, 0xa5, 0x82}, {0xca, 0x00, 0x20}};

  static final int[][] AGAINST = {{0x92, 0xc5, 0xde}, {0x05, 0x71, 0xb0}};

  /** Pixels of the longer side at which small pictures are shown. */
  private static final int SHOWN = 256;

  private static final int BLACK = 0x000000;
  private static final int WHITE = 0xffffff;
  private static final int YELLOW = 0xffd43b;

  /** Length in pixels of the dashes of a given box. */
  private static final int DASH = 6;

  private Overlay() {}

  /** The map that is drawn: in the layer's own size if it has one, whose values are exact. */
  public static HeatMap map(Explanation explanation) {
    return explanation.raw().orElse(explanation.map());
  }

  /**
   * The absolute value at which the color is full: one that 99.5 % of the pixels do not exceed, as
   * a single pixel of a gradient would make all others pale. It is 0 only for an empty map.
   */
  public static double full(HeatMap map) {
    double[] sizes = new double[map.values().length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(map.values()[i]);
    }
    Arrays.sort(sizes);
    double within = sizes[(int) Math.ceil(WITHIN * sizes.length) - 1];
    return within > 0 ? within : sizes[sizes.length - 1];
  }

  /** How many times larger a picture is drawn, so that small ones can be recognized. */
  public static int factor(int width, int height) {
    return Math.max(1, (int) Math.rint((double) SHOWN / Math.max(width, height)));
  }

  /**
   * Draws a map over a picture.
   *
   * @param seen what the network saw
   * @param map of any size; it is enlarged to that of the drawing
   * @param full the absolute value from which on the color is full; 0 draws the picture alone
   * @param factor how many times larger than the picture the drawing is, see {@link #factor}
   */
  public static Image of(Image seen, HeatMap map, double full, int factor) {
    int width = factor * seen.width();
    int height = factor * seen.height();
    boolean coarse = map.width() < seen.width() || map.height() < seen.height();
    // A map of the picture's own pixels is shown as pixels, one of a small layer as a surface.
    HeatMap drawn = coarse ? map.resized(height, width) : map;
    int step = coarse ? 1 : factor;
    Image out = Image.black(width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (y / factor * seen.width() + x / factor) * Image.CHANNELS;
        float value = drawn.values()[y / step * drawn.width() + x / step];
        paint(out, x, y, Image.gray(seen.rgb(), from), full > 0 ? value / full : 0);
      }
    }
    return out;
  }

  /**
   * Draws the outline of a box into an overlay: black beside a color, so that it is seen on any
   * ground.
   *
   * @param on an overlay of {@code seen}, which is changed
   * @param box in pixels of {@code seen}; what lies outside is drawn along the edge
   * @param dashed for a box that somebody gave, in contrast to one that the map made
   */
  public static void outline(Image on, Image seen, Box box, boolean dashed) {
    double factor = (double) on.width() / seen.width();
    int left = within(box.left() * factor, on.width());
    int top = within(box.top() * factor, on.height());
    int right = Math.max(left, within(box.right() * factor - 1, on.width()));
    int bottom = Math.max(top, within(box.bottom() * factor - 1, on.height()));
    for (int depth = 0; depth < 3; depth++) {
      for (int x = left + depth; x <= right - depth; x++) {
        dot(on, x, top + depth, depth, x, dashed);
        dot(on, x, bottom - depth, depth, x, dashed);
      }
      for (int y = top + depth; y <= bottom - depth; y++) {
        dot(on, left + depth, y, depth, y, dashed);
        dot(on, right - depth, y, depth, y, dashed);
      }
    }
  }

  private static int within(double at, int size) {
    return (int) Math.max(0, Math.min(size - 1, Math.rint(at)));
  }

  private static void dot(Image on, int x, int y, int depth, int along, boolean dashed) {
    boolean gap = dashed && along / DASH % 2 == 1;
    int color = gap || depth == 2 ? BLACK : dashed ? WHITE : YELLOW;
    if (x < on.width() && y < on.height()) {
      for (int c = 0; c < Image.CHANNELS; c++) {
        on.rgb()[(y * on.width() + x) * Image.CHANNELS + c] = (byte) (color >> 16 - 8 * c);
      }
    }
  }

  private static void paint(Image out, int x, int y, int gray, double value) {
    double strength = Math.min(1, Math.abs(value));
    int[][] ramp = value > 0 ? FOR : AGAINST;
    for (int c = 0; c < Image.CHANNELS; c++) {
      double color = ramp[0][c] + strength * (ramp[1][c] - ramp[0][c]);
      double mixed = gray + OPACITY * strength * (color - gray);
      out.rgb()[(y * out.width() + x) * Image.CHANNELS + c] = Image.clip((int) Math.rint(mixed));
    }
  }
}
