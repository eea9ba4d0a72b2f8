package dev.fovea.explanation;

/**
 * Gauss-Legendre quadrature over 0 to 1: exact for polynomials of degree 2n - 1.
 *
 * @param points in ascending order
 * @param weights whose sum is 1
 */
record Quadrature(double[] points, double[] weights) {

  /** The rule with {@code n} points: roots of the Legendre polynomial, by Newton's method. */
  static Quadrature gaussLegendre(int n) {
    double[] points = new double[n];
    double[] weights = new double[n];
    for (int i = 0; i < n; i++) {
      // A first guess good to about 1/n^2, from which few steps reach the last bit.
      double x = -StrictMath.cos(StrictMath.PI * (i + 0.75) / (n + 0.5));
      double slope = 0;
      for (int turn = 0; turn < 100; turn++) {
        double[] p = legendre(n, x);
        slope = p[1];
        double step = p[0] / slope;
        x -= step;
        if (Math.abs(step) < 1e-15) {
          break;
        }
      }
      slope = legendre(n, x)[1];
      points[i] = (1 + x) / 2;
      weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
    return new Quadrature(points, weights);
  }

  // The n-th Legendre polynomial and its derivative, by the three-term recurrence.
  private static double[] legendre(int n, double x) {
    double before = 1;
    double now = x;
    for (int k = 2; k <= n; k++) {
      double next = ((2 * k - 1) * x * now - (k - 1) * before) / k;
      before = now;
      now = next;
    }
    return new double[] {now, n * (x * now - before) / (x * x - 1)};
  }
}
