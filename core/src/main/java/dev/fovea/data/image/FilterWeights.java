package dev.fovea.data.image;

/**
 * For consecutive output positions along one axis, the first input position that each reads and its
 * weights in fixed point, with {@link #PRECISION} fractional bits.
 *
 * @param first the first input position of each output position; never decreases
 * @param count the number of input positions that it reads
 * @param weights {@code size} entries for each output position, of which it uses {@code count}
 * @param size at least the largest {@code count}
 */
record FilterWeights(int[] first, int[] count, int[] weights, int size) {
  /** Fractional bits, as in Pillow: 32 without those of the pixel and two for overshoot. */
  static final int PRECISION = 32 - 8 - 2;

  /** One half, which rounds sums of products to the nearest integer. */
  static final int HALF = 1 << PRECISION - 1;

  /**
   * Computed in double precision and normalized, as in Pillow's {@code precompute_coeffs}.
   *
   * @param inputs the number of input positions, beyond which nothing is read
   * @param from the start of the interval that is resized; single precision, as in Pillow
   * @param to the end of the interval
   * @param outputs the number of output positions that the whole interval gives
   * @param begin the first output position wanted
   * @param places the number of output positions wanted
   */
  static FilterWeights of(
      int inputs, float from, float to, int outputs, int begin, int places, Interpolation filter) {
    double scale = (double) (to - from) / outputs;
    double filterScale = Math.max(scale, 1);
    double support = filter.support * filterScale;
    int size = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[places];
    int[] count = new int[places];
    int[] weights = new int[Math.multiplyExact(places, size)];
    double[] w = new double[size];
    for (int i = 0; i < places; i++) {
      double center = from + (begin + i + 0.5) * scale;
      int lo = Math.max(0, (int) (center - support + 0.5));
      int n = Math.min(inputs, (int) (center + support + 0.5)) - lo;
      double sum = 0;
      for (int x = 0; x < n; x++) {
        w[x] = filter.weight((x + lo - center + 0.5) * (1 / filterScale));
        sum += w[x];
      }
      for (int x = 0; x < n; x++) {
        double v = (sum == 0 ? w[x] : w[x] / sum) * (1 << PRECISION);
        weights[i * size + x] = (int) (v < 0 ? v - 0.5 : v + 0.5);
      }
      first[i] = lo;
      count[i] = n;
    }
    return new FilterWeights(first, count, weights, size);
  }

  /** The number of output positions. */
  int places() {
    return first.length;
  }

  /** The first input position that any output position reads. */
  int least() {
    return first[0];
  }

  /** The input position after the last one that any output position reads. */
  int most() {
    return first[first.length - 1] + count[count.length - 1];
  }

  /** The largest number of input positions that an output position reads. */
  int widest() {
    int widest = 0;
    for (int n : count) {
      widest = Math.max(widest, n);
    }
    return widest;
  }

  /** The same weights for inputs that start at {@code position} instead of 0. */
  FilterWeights startingAt(int position) {
    int[] moved = new int[first.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = first[i] - position;
    }
    return new FilterWeights(moved, count, weights, size);
  }
}
