package dev.fovea.logistic;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * The minimum of a smooth convex function by limited-memory BFGS (Liu and Nocedal 1989), with steps
 * halved until they satisfy the condition of Armijo. Not thread-safe.
 */
final class Lbfgs {
  /** Steps whose curvature is remembered. */
  static final int MEMORY = 8;

  private static final double ARMIJO = 1e-4;
  private static final int HALVINGS = 30;
  private static final int SUMS = 4;

  private final Function function;
  private final ArrayDeque<Pair> pairs = new ArrayDeque<>();

  /** A function with its gradient. */
  interface Function {
    Value at(double[] point);
  }

  /** The value of a function and its gradient. */
  record Value(double loss, double[] gradient) {}

  private record Pair(double[] step, double[] change, double scale) {}

  Lbfgs(Function function) {
    this.function = function;
  }

  /**
   * Goes down from a point.
   *
   * @param scale the norm of the gradient that {@code stopping} compares with
   */
  LogisticRegression.Fit minimize(double[] start, double scale, Stopping stopping) {
    double[] at = start.clone();
    Value here = function.at(at);
    int iteration = 0;
    while (iteration < stopping.iterations()
        && norm(here.gradient()) > stopping.gradient() * scale
        && !stopping.asked().getAsBoolean()) {
      double[] direction = direction(here.gradient());
      double slope = dot(direction, here.gradient());
      if (!(slope < 0)) {
        break;
      }
      double length = pairs.isEmpty() ? Math.min(1, 1 / norm(here.gradient())) : 1;
      double[] next = moved(at, direction, length);
      Value there = function.at(next);
      int halvings = 0;
      while (!(there.loss() <= here.loss() + ARMIJO * length * slope) && halvings++ < HALVINGS) {
        length /= 2;
        next = moved(at, direction, length);
        there = function.at(next);
      }
      if (!(there.loss() < here.loss())) {
        break;
      }
      remember(at, next, here, there);
      at = next;
      here = there;
      iteration++;
    }
    return new LogisticRegression.Fit(at, here.loss(), iteration);
  }

  private void remember(double[] at, double[] next, Value here, Value there) {
    double[] step = moved(next, at, -1);
    double[] change = moved(there.gradient(), here.gradient(), -1);
    double product = dot(step, change);
    if (product > 0) {
      pairs.addLast(new Pair(step, change, 1 / product));
      if (pairs.size() > MEMORY) {
        pairs.removeFirst();
      }
    }
  }

  // The two loops of Nocedal 1980.
  private double[] direction(double[] gradient) {
    double[] d = gradient.clone();
    double[] alphas = new double[pairs.size()];
    int i = pairs.size();
    for (Iterator<Pair> all = pairs.descendingIterator(); all.hasNext(); ) {
      Pair p = all.next();
      alphas[--i] = p.scale() * dot(p.step(), d);
      add(d, p.change(), -alphas[i]);
    }
    if (!pairs.isEmpty()) {
      Pair last = pairs.getLast();
      double factor = 1 / (last.scale() * dot(last.change(), last.change()));
      for (int k = 0; k < d.length; k++) {
        d[k] *= factor;
      }
    }
    for (Pair p : pairs) {
      double beta = p.scale() * dot(p.change(), d);
      add(d, p.step(), alphas[i++] - beta);
    }
    for (int k = 0; k < d.length; k++) {
      d[k] = -d[k];
    }
    return d;
  }

  private static double[] moved(double[] from, double[] direction, double length) {
    double[] to = from.clone();
    add(to, direction, length);
    return to;
  }

  private static void add(double[] to, double[] what, double factor) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * what[i];
    }
  }

  // Several sums, because a single one waits for each of its additions.
  private static double dot(double[] a, double[] b) {
    double s = 0;
    double t = 0;
    double u = 0;
    double v = 0;
    int i = 0;
    for (; i + SUMS <= a.length; i += SUMS) {
      s += a[i] * b[i];
      t += a[i + 1] * b[i + 1];
      u += a[i + 2] * b[i + 2];
      v += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      s += a[i] * b[i];
    }
    return s + t + (u + v);
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
