package dev.fovea.study.claims;

/**
 * Two steps of one averaging, for example from one model to two and from two to four, measured on
 * the same images: whether the second gains less than the first, and by more than chance.
 *
 * @param first the gain of the first step per unit, in points
 * @param second that of the second step
 * @param standardErrors the first gain minus the second, in standard errors of that difference over
 *     the images; NaN if it does not differ between images
 */
record FallingReturns(double first, double second, double standardErrors) {
  /** One-sided at the 5 % level: chance alone reaches this once in twenty. */
  static final double CERTAIN = 1.64;

  /** No value: there were too few models. */
  static final FallingReturns NONE = new FallingReturns(Double.NaN, Double.NaN, Double.NaN);

  /**
   * A step from one way of answering to another.
   *
   * @param before the share of answers that is wrong, for each image
   * @param after the same with more models or views
   * @param units how many doublings, or further views, the step adds
   */
  record Step(double[] before, double[] after, double units) {
    double gain(int image) {
      return 100 * (before[image] - after[image]) / units;
    }

    double mean() {
      double sum = 0;
      for (int i = 0; i < before.length; i++) {
        sum += gain(i);
      }
      return sum / before.length;
    }
  }

  /** Compares two steps on the same images. */
  static FallingReturns of(Step first, Step second) {
    int n = first.before().length;
    double mean = first.mean() - second.mean();
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double off = first.gain(i) - second.gain(i) - mean;
      squares += off * off;
    }
    double error = Math.sqrt(squares / (n - 1.0) / n);
    return new FallingReturns(first.mean(), second.mean(), error > 0 ? mean / error : Double.NaN);
  }
}
