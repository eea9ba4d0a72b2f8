package dev.fovea.finetune;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.BooleanSupplier;

/**
 * The minimum of a smooth convex function by limited-memory BFGS (Liu and Nocedal 1989), with steps
 * halved until they satisfy the condition of Armijo. Not thread-safe.
 */
final class Lbfgs {
  private static final int MEMORY = 8;
  private static final double ARMIJO = 1e-4;
  private static final int HALVINGS = 30;
  // Where the gradient has become so much smaller than at zero weights, the minimum is reached as
  // far as sums in binary32 can tell.
  private static final double TOLERANCE = 3e-4;

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

  SoftmaxRegression.Fit minimize(double[] start, int most, BooleanSupplier stop) {
    double[] at = start.clone();
    double scale = norm(function.at(new double[start.length]).gradient());
    Value here = function.at(at);
    int iteration = 0;
    while (iteration < most && norm(here.gradient()) > TOLERANCE * scale && !stop.getAsBoolean()) {
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
    return new SoftmaxRegression.Fit(at, here.loss(), iteration);
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

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
