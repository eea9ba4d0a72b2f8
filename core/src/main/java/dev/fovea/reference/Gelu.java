package dev.fovea.reference;

import dev.fovea.graph.Op;

/** The two forms of GELU in binary64: x·Φ(x), and its approximation by a hyperbolic tangent. */
enum Gelu {
  /** Φ(x) = (1 + erf(x/√2)) / 2. */
  ERF {
    @Override
    double value(double x) {
      return x * distribution(x);
    }

    @Override
    double derivative(double x) {
      return distribution(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
  },
  /** Φ(x) is about (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2. */
  TANH {
    @Override
    double value(double x) {
      return x * (1 + Math.tanh(inner(x))) / 2;
    }

    @Override
    double derivative(double x) {
      double t = Math.tanh(inner(x));
      return (1 + t) / 2 + x * (1 - t * t) / 2 * SCALE * (1 + 3 * CUBIC * x * x);
    }

    private static double inner(double x) {
      return SCALE * (x + CUBIC * x * x * x);
    }
  };

  private static final double SCALE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;
  private static final double SERIES_UP_TO = 3;

  static Gelu of(Op.Gelu op) {
    return op.approximation() == Op.Gelu.Approximation.TANH ? TANH : ERF;
  }

  abstract double value(double x);

  abstract double derivative(double x);

  /** The distribution function of N(0, 1). */
  static double distribution(double x) {
    double tail = erfc(Math.abs(x) / Math.sqrt(2)) / 2;
    return x < 0 ? tail : 1 - tail;
  }

  /**
   * 1 - erf(z) for z of at least 0: by the series of erf, and beyond by the continued fraction of
   * erfc (Abramowitz and Stegun 1964, 7.1.6 and 7.1.14), to about 1e-15 of the result.
   */
  private static double erfc(double z) {
    if (z < SERIES_UP_TO) {
      double term = z;
      double sum = z;
      for (int n = 1; Math.abs(term) > 1e-18 * sum; n++) {
        term *= 2 * z * z / (2 * n + 1);
        sum += term;
      }
      return 1 - 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
    }
    double fraction = z;
    for (int k = 60; k >= 1; k--) {
      fraction = z + k / 2.0 / fraction;
    }
    return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
  }
}
