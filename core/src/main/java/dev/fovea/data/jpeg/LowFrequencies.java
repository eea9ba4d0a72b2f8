package dev.fovea.data.jpeg;

/**
 * The values of the lowest frequencies of a block at the places of its samples.
 *
 * @param across for each column of samples the factors of the frequencies along a row; a frequency
 *     of 0 has 1
 * @param down for each row of samples those along a column
 */
record LowFrequencies(double[][] across, double[][] down) {
  private static final int SIDE = 8;
  private static final int CENTER = 128;

  /**
   * The cosines of some samples.
   *
   * @param size samples, and frequencies, on each side
   * @param across what the frequencies along a row are multiplied by
   * @param down what those along a column are multiplied by
   */
  LowFrequencies(int size, double[] across, double[] down) {
    this(cosines(size, across), cosines(size, down));
  }

  private static double[][] cosines(int size, double[] factors) {
    double[][] cosines = new double[size][size];
    for (int i = 0; i < size; i++) {
      cosines[i][0] = factors[0];
      for (int k = 1; k < size; k++) {
        double cosine = StrictMath.cos(StrictMath.PI * k * (2 * i + 1) / (2 * size));
        cosines[i][k] = StrictMath.sqrt(2) * cosine * factors[k];
      }
    }
    return cosines;
  }

  /**
   * Transforms a block, whatever its coefficients.
   *
   * @param in coefficients, row-major
   * @param quantization the quantization table, row-major
   * @param out receives sample (y, x), 0 to 255, at {@code 8 * y + x}
   */
  void apply(int[] in, int[] quantization, int[] out) {
    for (int y = 0; y < down.length; y++) {
      for (int x = 0; x < across.length; x++) {
        double sum = 0;
        for (int v = 0; v < down.length; v++) {
          for (int u = 0; u < across.length; u++) {
            double coefficient = (double) in[SIDE * v + u] * quantization[SIDE * v + u];
            sum += coefficient * down[y][v] * across[x][u];
          }
        }
        double sample = StrictMath.floor(sum / SIDE + 0.5) + CENTER;
        out[SIDE * y + x] = (int) Math.max(0, Math.min(255, sample));
      }
    }
  }
}
