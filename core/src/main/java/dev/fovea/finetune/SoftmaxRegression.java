package dev.fovea.finetune;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Multinomial logistic regression with L2 regularization, by L-BFGS: the minimum of the mean
 * cross-entropy of all views plus (strength / 2)·|V|², where V are the weights for features that
 * were brought to mean 0 and deviation 1. Biases are not regularized.
 *
 * <p>The views of an image are examples of their own. Sums are over blocks of a fixed size in a
 * fixed order, so that results do not depend on the number of threads. Source: Liu and Nocedal
 * 1989, with the line search of Armijo.
 */
final class SoftmaxRegression {
  private static final int BLOCK = 128;
  private static final int PARTIAL_SUMS = 8;
  private static final double SMALLEST_DEVIATION = 1e-6;

  private final int rows;
  private final int width;
  private final int classes;
  private final int threads;
  private final int[] labels;
  // (rows, width), and the same by blocks as (block, width, row of the block).
  private final float[] values;
  private final float[] turned;
  private final double[] mean;
  private final double[] deviation;

  SoftmaxRegression(FeatureSet set, int classes, int threads) {
    this.rows = set.size() * set.views();
    this.width = set.width();
    this.classes = classes;
    this.threads = threads;
    this.labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = set.labels()[i / set.views()];
    }
    this.mean = new double[width];
    this.deviation = new double[width];
    measure(set.values());
    this.values = new float[rows * width];
    this.turned = new float[rows * width];
    normalize(set.values());
  }

  private void measure(float[] given) {
    for (int i = 0; i < rows; i++) {
      for (int f = 0; f < width; f++) {
        mean[f] += given[i * width + f];
      }
    }
    for (int f = 0; f < width; f++) {
      mean[f] /= rows;
    }
    for (int i = 0; i < rows; i++) {
      for (int f = 0; f < width; f++) {
        double d = given[i * width + f] - mean[f];
        deviation[f] += d * d;
      }
    }
    double largest = 0;
    for (int f = 0; f < width; f++) {
      deviation[f] = Math.sqrt(deviation[f] / rows);
      largest = Math.max(largest, deviation[f]);
    }
    // A feature that never changes says nothing; its weight stays 0.
    double floor = largest == 0 ? 1 : largest * SMALLEST_DEVIATION;
    for (int f = 0; f < width; f++) {
      deviation[f] = Math.max(deviation[f], floor);
    }
  }

  private void normalize(float[] given) {
    for (int i = 0; i < rows; i++) {
      int block = i / BLOCK * BLOCK;
      int height = Math.min(BLOCK, rows - block);
      for (int f = 0; f < width; f++) {
        float z = (float) ((given[i * width + f] - mean[f]) / deviation[f]);
        values[i * width + f] = z;
        turned[block * width + f * height + (i - block)] = z;
      }
    }
  }

  /**
   * A minimum.
   *
   * @param point weights (K, F), then biases (K), for normalized features
   */
  record Fit(double[] point, double loss, int iterations) {}

  /**
   * Fits the classifier.
   *
   * @param start a point to begin at; of length 0 for zeros
   * @param most the largest number of iterations
   * @param stop polled before each iteration
   */
  Fit fit(double strength, double[] start, int most, BooleanSupplier stop) {
    int n = classes * (width + 1);
    double[] from = start.length == n ? start : new double[n];
    return new Lbfgs(x -> loss(x, strength)).minimize(from, most, stop);
  }

  /** Turns a point into the classifier of features as they are. */
  LinearHead head(double[] point) {
    float[] weights = new float[classes * width];
    float[] bias = new float[classes];
    for (int k = 0; k < classes; k++) {
      double b = point[classes * width + k];
      for (int f = 0; f < width; f++) {
        double w = point[k * width + f] / deviation[f];
        weights[k * width + f] = (float) w;
        b -= w * mean[f];
      }
      bias[k] = (float) b;
    }
    return new LinearHead(weights, bias);
  }

  private Lbfgs.Value loss(double[] point, double strength) {
    float[] w = new float[point.length];
    for (int i = 0; i < w.length; i++) {
      w[i] = (float) point[i];
    }
    int blocks = (rows + BLOCK - 1) / BLOCK;
    double[] losses = new double[PARTIAL_SUMS];
    float[][] gradients = new float[PARTIAL_SUMS][point.length];
    AtomicInteger next = new AtomicInteger();
    Runnable work =
        () -> {
          for (int p = next.getAndIncrement(); p < PARTIAL_SUMS; p = next.getAndIncrement()) {
            for (int b = p; b < blocks; b += PARTIAL_SUMS) {
              losses[p] += block(b * BLOCK, w, gradients[p]);
            }
          }
        };
    together(work);
    double loss = Arrays.stream(losses).sum() / rows;
    double[] gradient = new double[point.length];
    for (float[] part : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += part[i];
      }
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] /= rows;
      if (i < classes * width) {
        loss += strength / 2 * point[i] * point[i];
        gradient[i] += strength * point[i];
      }
    }
    return new Lbfgs.Value(loss, gradient);
  }

  private void together(Runnable work) {
    int number = Math.min(threads, PARTIAL_SUMS);
    if (number == 1) {
      work.run();
      return;
    }
    IntStream.range(0, number).parallel().forEach(t -> work.run());
  }

  private double block(int first, float[] w, float[] gradient) {
    int height = Math.min(BLOCK, rows - first);
    float[] errors = new float[classes * height];
    for (int k = 0; k < classes; k++) {
      logits(first, height, w, k, errors);
    }
    double loss = 0;
    double[] scores = new double[classes];
    for (int i = 0; i < height; i++) {
      loss += softmax(errors, height, i, labels[first + i], scores);
    }
    for (int k = 0; k < classes; k++) {
      gradient(first, height, errors, k, gradient);
    }
    return loss;
  }

  private void logits(int first, int height, float[] w, int k, float[] out) {
    int to = k * height;
    Arrays.fill(out, to, to + height, w[classes * width + k]);
    int at = first * width;
    int f = 0;
    for (; f + 3 < width; f += 4) {
      float a = w[k * width + f];
      float b = w[k * width + f + 1];
      float c = w[k * width + f + 2];
      float d = w[k * width + f + 3];
      int x = at + f * height;
      for (int i = 0; i < height; i++) {
        out[to + i] +=
            a * turned[x + i]
                + b * turned[x + height + i]
                + c * turned[x + 2 * height + i]
                + d * turned[x + 3 * height + i];
      }
    }
    for (; f < width; f++) {
      float a = w[k * width + f];
      for (int i = 0; i < height; i++) {
        out[to + i] += a * turned[at + f * height + i];
      }
    }
  }

  // Replaces the logits of an image by the gradient of its loss, and returns that loss.
  private double softmax(float[] errors, int height, int i, int label, double[] scores) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      scores[k] = errors[k * height + i];
      max = Math.max(max, scores[k]);
    }
    double sum = 0;
    double own = scores[label] - max;
    for (int k = 0; k < classes; k++) {
      scores[k] = StrictMath.exp(scores[k] - max);
      sum += scores[k];
    }
    for (int k = 0; k < classes; k++) {
      errors[k * height + i] = (float) (scores[k] / sum - (k == label ? 1 : 0));
    }
    return StrictMath.log(sum) - own;
  }

  private void gradient(int first, int height, float[] errors, int k, float[] gradient) {
    int from = k * height;
    int to = k * width;
    int i = 0;
    float sum = 0;
    for (; i + 3 < height; i += 4) {
      float a = errors[from + i];
      float b = errors[from + i + 1];
      float c = errors[from + i + 2];
      float d = errors[from + i + 3];
      int x = (first + i) * width;
      for (int f = 0; f < width; f++) {
        gradient[to + f] +=
            a * values[x + f]
                + b * values[x + width + f]
                + c * values[x + 2 * width + f]
                + d * values[x + 3 * width + f];
      }
      sum += a + b + c + d;
    }
    for (; i < height; i++) {
      float a = errors[from + i];
      for (int f = 0; f < width; f++) {
        gradient[to + f] += a * values[(first + i) * width + f];
      }
      sum += a;
    }
    gradient[classes * width + k] += sum;
  }
}
