package dev.fovea.reference;

import dev.fovea.program.DropoutMask;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Element-wise operations. */
final class Pointwise {
  private Pointwise() {}

  /** f(x) for every element. */
  static double[] map(double[] x, DoubleUnaryOperator f) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = f.applyAsDouble(x[i]);
    }
    return y;
  }

  /** f(a, b) for every pair of elements. */
  static double[] map(double[] a, double[] b, DoubleBinaryOperator f) {
    double[] y = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      y[i] = f.applyAsDouble(a[i], b[i]);
    }
    return y;
  }

  /** max(x, 0); NaN stays NaN. */
  static double[] relu(double[] x) {
    return map(x, v -> v < 0 ? 0 : v);
  }

  /** The gradient passes where the output is above 0. */
  static double[] reluBackward(double[] y, double[] dy) {
    return map(y, dy, (v, d) -> v > 0 ? d : 0);
  }

  /** s + x·s·(1 - s) with s = sigmoid(x). */
  static double siluDerivative(double x) {
    double s = 1 / (1 + Math.exp(-x));
    return s + x * s * (1 - s);
  }

  /** Also computes the gradient, for which the same elements are kept and scaled. */
  static double[] dropout(double[] x, String node, double p, long seed) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = DropoutMask.keep(seed, node, i, p) ? x[i] / (1 - p) : 0;
    }
    return y;
  }

  /** Also computes the gradient, for which the same images are kept and scaled. */
  static double[] stochasticDepth(Call call, double[] x, double p, long seed) {
    double[] y = new double[x.length];
    int perImage = x.length / call.batch();
    for (int i = 0; i < x.length; i++) {
      boolean kept = DropoutMask.keep(seed, call.node().name(), i / perImage, p);
      y[i] = kept ? x[i] / (1 - p) : 0;
    }
    return y;
  }
}
