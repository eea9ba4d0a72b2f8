package dev.fovea.explanation;

/**
 * The blurred image of insertion curves, as in the code of Petsiuk et al. 2018: a Gaussian of 11x11
 * pixels with a standard deviation of 5, zeros beyond the edges, over the normalized values.
 */
final class Blur {
  private static final int REACH = 5;
  private static final double DEVIATION = 5;

  private Blur() {}

  static float[] of(float[] planes, int height, int width) {
    double[] kernel = new double[2 * REACH + 1];
    double sum = 0;
    for (int i = -REACH; i <= REACH; i++) {
      kernel[i + REACH] = StrictMath.exp(-i * i / (2 * DEVIATION * DEVIATION));
      sum += kernel[i + REACH];
    }
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] /= sum;
    }
    double[] across = new double[planes.length];
    for (int i = 0; i < planes.length; i++) {
      int x = i % width;
      for (int d = Math.max(-REACH, -x); d <= Math.min(REACH, width - 1 - x); d++) {
        across[i] += kernel[d + REACH] * planes[i + d];
      }
    }
    float[] blurred = new float[planes.length];
    for (int i = 0; i < planes.length; i++) {
      int y = i / width % height;
      double value = 0;
      for (int d = Math.max(-REACH, -y); d <= Math.min(REACH, height - 1 - y); d++) {
        value += kernel[d + REACH] * across[i + d * width];
      }
      blurred[i] = (float) value;
    }
    return blurred;
  }
}
