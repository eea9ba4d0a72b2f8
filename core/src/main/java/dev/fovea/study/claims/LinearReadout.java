package dev.fovea.study.claims;

import java.util.Arrays;

/**
 * A linear classifier of features, by softmax regression: what a frozen trunk's features are worth
 * for classes that it was not trained on.
 *
 * <p>Features are standardized by the mean and deviation of the training features. Weights minimize
 * the mean cross-entropy plus half the decay times their sum of squares, the biases excluded, by
 * Nesterov's accelerated gradient descent over all images, from 0 and without chance.
 */
final class LinearReadout {
  private static final int STEPS = 500;

  private static final int POWER_STEPS = 30;

  /** Power iteration approaches the largest eigenvalue from below. */
  private static final double SAFE = 1.2;

  private final double[] mean;
  private final double[] scale;
  private final double[][] weights;

  private LinearReadout(double[] mean, double[] scale, double[][] weights) {
    this.mean = mean;
    this.scale = scale;
    this.weights = weights;
  }

  /**
   * Fits a classifier.
   *
   * @param features one row per image, at least one
   * @param labels from 0 to {@code classes - 1}
   * @param decay of the weights of standardized features
   */
  static LinearReadout fit(float[][] features, int[] labels, int classes, double decay) {
    int width = features[0].length;
    double[] mean = new double[width];
    double[] scale = new double[width];
    for (int f = 0; f < width; f++) {
      double sum = 0;
      double squares = 0;
      for (float[] row : features) {
        sum += row[f];
        squares += (double) row[f] * row[f];
      }
      mean[f] = sum / features.length;
      double variance = squares / features.length - mean[f] * mean[f];
      scale[f] = variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
    }
    LinearReadout start = new LinearReadout(mean, scale, new double[classes][width + 1]);
    double[][] inputs = Arrays.stream(features).map(start::standardized).toArray(double[][]::new);
    return new LinearReadout(mean, scale, descend(inputs, labels, start.weights, decay));
  }

  /** Returns the standardized features and a 1 for the bias. */
  private double[] standardized(float[] row) {
    double[] x = new double[row.length + 1];
    for (int f = 0; f < row.length; f++) {
      x[f] = (row[f] - mean[f]) * scale[f];
    }
    x[row.length] = 1;
    return x;
  }

  private static double[][] descend(
      double[][] inputs, int[] labels, double[][] zeros, double decay) {
    // The Hessian of softmax's cross-entropy is at most half that of squares.
    double rate = 1 / (0.5 * SAFE * largestEigenvalue(inputs) + decay);
    double[][] now = zeros;
    double[][] ahead = zeros;
    double momentum = 1;
    for (int step = 0; step < STEPS; step++) {
      double[][] gradient = gradient(inputs, labels, ahead, decay);
      double[][] next = plus(ahead, gradient, -rate);
      double following = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
      ahead = plus(next, plus(next, now, -1), (momentum - 1) / following);
      now = next;
      momentum = following;
    }
    return now;
  }

  /** Returns the largest eigenvalue of the mean of x x'. */
  private static double largestEigenvalue(double[][] inputs) {
    double[] v = new double[inputs[0].length];
    Arrays.setAll(v, i -> 1 + i % 2);
    double length = 0;
    for (int step = 0; step < POWER_STEPS; step++) {
      double[] next = new double[v.length];
      for (double[] x : inputs) {
        double along = dot(x, v) / inputs.length;
        for (int i = 0; i < v.length; i++) {
          next[i] += along * x[i];
        }
      }
      length = Math.sqrt(dot(next, next));
      double by = 1 / length;
      v = Arrays.stream(next).map(n -> n * by).toArray();
    }
    return length;
  }

  private static double[][] gradient(
      double[][] inputs, int[] labels, double[][] weights, double decay) {
    double[][] gradient = new double[weights.length][weights[0].length];
    for (int n = 0; n < inputs.length; n++) {
      double[] p = probabilities(inputs[n], weights);
      p[labels[n]] -= 1;
      for (int k = 0; k < p.length; k++) {
        double share = p[k] / inputs.length;
        for (int f = 0; f < inputs[n].length; f++) {
          gradient[k][f] += share * inputs[n][f];
        }
      }
    }
    for (int k = 0; k < weights.length; k++) {
      for (int f = 0; f < weights[k].length - 1; f++) {
        gradient[k][f] += decay * weights[k][f];
      }
    }
    return gradient;
  }

  private static double[] probabilities(double[] x, double[][] weights) {
    double[] p = Arrays.stream(weights).mapToDouble(w -> dot(w, x)).toArray();
    double most = Arrays.stream(p).max().orElseThrow();
    double sum = 0;
    for (int k = 0; k < p.length; k++) {
      p[k] = StrictMath.exp(p[k] - most);
      sum += p[k];
    }
    for (int k = 0; k < p.length; k++) {
      p[k] /= sum;
    }
    return p;
  }

  private static double[][] plus(double[][] a, double[][] b, double times) {
    double[][] sum = new double[a.length][a[0].length];
    for (int k = 0; k < a.length; k++) {
      for (int f = 0; f < a[k].length; f++) {
        sum[k][f] = a[k][f] + times * b[k][f];
      }
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Returns the probability of each class. */
  double[] probabilities(float[] features) {
    return probabilities(standardized(features), weights);
  }

  /** Returns the share of images whose class is the most probable, in percent. */
  double accuracy(float[][] features, int[] labels) {
    int right = 0;
    for (int n = 0; n < labels.length; n++) {
      double[] p = probabilities(features[n]);
      int best = 0;
      for (int k = 1; k < p.length; k++) {
        best = p[k] > p[best] ? k : best;
      }
      right += best == labels[n] ? 1 : 0;
    }
    return 100.0 * right / labels.length;
  }
}
