package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Boxes made from heat maps: weakly supervised localization (Zhou et al. 2016, section 3.2). The
 * box is the smallest that holds the largest connected region, corners included, of values of at
 * least a share of the largest one.
 *
 * <pre>{@code
 * HeatMap map = new HeatMap(1, 3, new float[] {0, 1, 1});
 * System.out.println(Localization.box(map, Localization.SHARE));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Localization {
  /** The share of the largest value that the paper uses. */
  public static final double SHARE = 0.2;

  private Localization() {}

  /**
   * The box in pixels of the map; empty if no value is positive. Of regions of the same size, the
   * first from the top is taken.
   *
   * @param share of the largest value, above 0 and at most 1
   */
  public static Optional<Box> box(HeatMap map, double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "the share of the largest value must be above 0 and at most 1, got " + share);
    }
    if (!(map.max() > 0)) {
      return Optional.empty();
    }
    double least = share * map.max();
    boolean[] open = new boolean[map.values().length];
    for (int i = 0; i < open.length; i++) {
      open[i] = map.values()[i] >= least;
    }
    Region largest = null;
    for (int i = 0; i < open.length; i++) {
      if (open[i]) {
        Region region = region(open, i, map.height(), map.width());
        largest = largest == null || region.pixels > largest.pixels ? region : largest;
      }
    }
    return Optional.ofNullable(largest)
        .map(r -> new Box(r.left, r.top, r.right + 1.0, r.bottom + 1.0));
  }

  /**
   * The box in pixels of the original picture, cut to it; empty if no value is positive, or the
   * region lies beside the picture.
   *
   * @param share as above
   */
  public static Optional<Box> box(Explanation explanation, double share) {
    SeenArea area = explanation.area();
    return box(explanation.map(), share)
        .map(area::toPicture)
        .flatMap(
            box -> {
              double left = Math.max(0, box.left());
              double top = Math.max(0, box.top());
              double right = Math.min(area.pictureWidth(), box.right());
              double bottom = Math.min(area.pictureHeight(), box.bottom());
              return right > left && bottom > top
                  ? Optional.of(new Box(left, top, right, bottom))
                  : Optional.empty();
            });
  }

  private static final class Region {
    int pixels;
    int left = Integer.MAX_VALUE;
    int top = Integer.MAX_VALUE;
    int right = -1;
    int bottom = -1;

    void add(int row, int column) {
      pixels++;
      left = Math.min(left, column);
      top = Math.min(top, row);
      right = Math.max(right, column);
      bottom = Math.max(bottom, row);
    }
  }

  // Takes what it reaches out of the open pixels.
  private static Region region(boolean[] open, int start, int height, int width) {
    Region region = new Region();
    ArrayDeque<Integer> next = new ArrayDeque<>();
    open[start] = false;
    next.add(start);
    while (!next.isEmpty()) {
      int i = next.remove();
      int row = i / width;
      int column = i % width;
      region.add(row, column);
      for (int y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (int x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          if (open[y * width + x]) {
            open[y * width + x] = false;
            next.add(y * width + x);
          }
        }
      }
    }
    return region;
  }
}
