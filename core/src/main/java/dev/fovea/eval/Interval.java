package dev.fovea.eval;

import dev.fovea.api.Api;

/**
 * A confidence interval of a proportion.
 *
 * <pre>{@code
 * Interval interval = Interval.wilson95(93, 100);
 * System.out.println(interval.low() + " to " + interval.high());
 * }</pre>
 */
@Api(Api.Status.STABLE)
public record Interval(double low, double high) {
  /** The standard normal distribution's 97.5 % quantile. */
  private static final double Z95 = 1.959963984540054;

  /**
   * The 95 % Wilson score interval (Wilson 1927; Brown, Cai and DasGupta 2001, equation 4).
   *
   * @param hits successes
   * @param n trials; if 0, both bounds are NaN
   */
  public static Interval wilson95(long hits, long n) {
    if (n == 0) {
      return new Interval(Double.NaN, Double.NaN);
    }
    double z2 = Z95 * Z95;
    double p = (double) hits / n;
    double center = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z95 / (1 + z2 / n) * Math.sqrt(p * (1 - p) / n + z2 / (4.0 * n * n));
    // At the ends the formula gives 0 and 1 only up to rounding.
    return new Interval(hits == 0 ? 0 : center - half, hits == n ? 1 : center + half);
  }
}
