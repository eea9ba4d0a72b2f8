package dev.fovea.explanation;

/**
 * The squares with which occlusion covers an image, in Captum's order: by rows, each {@code stride}
 * after the one before, until one reaches the edge; the last of a row and of a column are cut off
 * by it.
 */
final class Squares {
  private final int height;
  private final int width;
  private final int window;
  private final int stride;
  private final int down;
  private final int across;

  Squares(ExplanationMethod.Occlusion occlusion, int height, int width) {
    this.height = height;
    this.width = width;
    this.window = occlusion.window();
    this.stride = occlusion.stride();
    this.down = places(height);
    this.across = places(width);
  }

  private int places(int side) {
    return 1 + (Math.max(0, side - window) + stride - 1) / stride;
  }

  int count() {
    return Math.multiplyExact(down, across);
  }

  /** Squares in a column. */
  int down() {
    return down;
  }

  /** Squares in a row. */
  int across() {
    return across;
  }

  /** An input (C, H, W) with one square of all channels taken from the baseline. */
  float[] covered(float[] input, float[] baseline, int square) {
    float[] covered = input.clone();
    int left = square % across * stride;
    int right = Math.min(width, left + window);
    int top = square / across * stride;
    int bottom = Math.min(height, top + window);
    for (int plane = 0; plane < input.length; plane += height * width) {
      for (int y = top; y < bottom; y++) {
        int from = plane + y * width + left;
        System.arraycopy(baseline, from, covered, from, right - left);
      }
    }
    return covered;
  }

  /**
   * The mean, for every pixel, of how far the score fell over the squares that cover it.
   *
   * @param scores of the whole image, then of each square covered
   */
  double[] spread(double[] scores) {
    double[] sum = new double[height * width];
    int[] covers = new int[sum.length];
    for (int s = 0; s < count(); s++) {
      int left = s % across * stride;
      int top = s / across * stride;
      for (int y = top; y < Math.min(height, top + window); y++) {
        for (int x = left; x < Math.min(width, left + window); x++) {
          sum[y * width + x] += scores[0] - scores[s + 1];
          covers[y * width + x]++;
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= covers[i];
    }
    return sum;
  }
}
