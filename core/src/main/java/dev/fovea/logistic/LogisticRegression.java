package dev.fovea.logistic;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Multinomial logistic regression with L2 regularization, by L-BFGS: the minimum of the mean
 * cross-entropy of all views plus (strength / 2)·|V|², where V are the weights for features that
 * were brought to mean 0 and deviation 1. Biases are not regularized.
 *
 * <p>The views of an image are examples of their own. Features are normalized where they are read,
 * a tile of the size of a core's cache at a time, and stay as they are. Sums are over blocks of a
 * fixed size in a fixed order, so that results do not depend on the number of threads. An object is
 * used by one thread at a time.
 */
public final class LogisticRegression {
  /** Float sums that are kept apart, one for each thread at most. */
  private static final int PARTIAL_SUMS = 8;

  private static final double SMALLEST_DEVIATION = 1e-6;

  /** Features whose products are summed in one pass over a tile. */
  private static final int FUSED = 4;

  /** Examples that are computed together. */
  private static final int BLOCK = 256;

  /** Features of a block that are turned at a time: 32 KiB. */
  private static final int TURNED = 32;

  /** Examples and features whose part of the gradient is summed at a time: 8 KiB. */
  private static final int GROUP = FUSED;

  private static final int SPAN = 512;

  private final FeatureSet set;
  private final int rows;
  private final int width;
  private final int classes;
  private final int threads;
  private final float[] mean;
  private final float[] scale;
  private final double steepest;

  /**
   * Prepares fits.
   *
   * @param set at least one image; not changed
   * @param threads the most that are used
   */
  public LogisticRegression(FeatureSet set, int classes, int threads) {
    this.set = set;
    this.rows = Math.multiplyExact(set.size(), set.views());
    this.width = set.width();
    this.classes = classes;
    this.threads = threads;
    double[] means = means();
    this.mean = floats(means);
    this.scale = scales(means);
    this.steepest = Lbfgs.norm(loss(zeros(), 0).gradient());
  }

  /** The bytes of the Java heap that a fit or a cross-validation needs besides the features. */
  public static long bytes(int width, int classes) {
    // L-BFGS keeps pairs of steps and changes and works on a few points; a cross-validation keeps
    // the points of up to four strengths.
    long doubles = 2L * Lbfgs.MEMORY + 4L * Folds.NUMBER + 8;
    long floats = PARTIAL_SUMS + 1L;
    return (Double.BYTES * doubles + Float.BYTES * floats) * classes * (width + 1L);
  }

  /**
   * A minimum.
   *
   * @param point weights (K, F), then biases (K), for normalized features
   * @param loss the mean cross-entropy with the penalty
   */
  public record Fit(double[] point, double loss, int iterations) {}

  /** Fits the classifier, from zero weights. */
  public Fit fit(double strength, Stopping stopping) {
    return minimum(strength, zeros(), stopping);
  }

  /** Fits the classifier, from what this found for another strength. */
  public Fit fit(double strength, Fit start, Stopping stopping) {
    return minimum(strength, start.point(), stopping);
  }

  private Fit minimum(double strength, double[] start, Stopping stopping) {
    return new Lbfgs(x -> loss(x, strength)).minimize(start, steepest, stopping);
  }

  private double[] zeros() {
    return new double[classes * (width + 1)];
  }

  /** Turns what this found into a classifier of features as they are. */
  public LinearClassifier classifier(Fit fit) {
    float[] weights = new float[classes * width];
    float[] bias = new float[classes];
    for (int k = 0; k < classes; k++) {
      double b = fit.point()[classes * width + k];
      for (int f = 0; f < width; f++) {
        double w = fit.point()[k * width + f] * scale[f];
        weights[k * width + f] = (float) w;
        b -= w * mean[f];
      }
      bias[k] = (float) b;
    }
    return new LinearClassifier(weights, bias);
  }

  private double[] means() {
    double[] sums = new double[width];
    for (int i = 0; i < rows; i++) {
      float[] x = set.values()[i / set.views()];
      int at = i % set.views() * width;
      for (int f = 0; f < width; f++) {
        sums[f] += x[at + f];
      }
    }
    for (int f = 0; f < width; f++) {
      sums[f] /= rows;
    }
    return sums;
  }

  // One over the deviation of each feature.
  private float[] scales(double[] means) {
    double[] squares = new double[width];
    for (int i = 0; i < rows; i++) {
      float[] x = set.values()[i / set.views()];
      int at = i % set.views() * width;
      for (int f = 0; f < width; f++) {
        double d = x[at + f] - means[f];
        squares[f] += d * d;
      }
    }
    double largest = Math.sqrt(Arrays.stream(squares).max().orElse(0) / rows);
    // A feature that never changes says nothing; its weight stays 0.
    double floor = largest == 0 ? 1 : largest * SMALLEST_DEVIATION;
    for (int f = 0; f < width; f++) {
      squares[f] = 1 / Math.max(Math.sqrt(squares[f] / rows), floor);
    }
    return floats(squares);
  }

  private static float[] floats(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }

  private Lbfgs.Value loss(double[] point, double strength) {
    float[] w = floats(point);
    int blocks = (rows + BLOCK - 1) / BLOCK;
    int parts = Math.min(PARTIAL_SUMS, blocks);
    double[] losses = new double[parts];
    float[][] gradients = new float[parts][point.length];
    AtomicInteger next = new AtomicInteger();
    Runnable work =
        () -> {
          for (int p = next.getAndIncrement(); p < parts; p = next.getAndIncrement()) {
            for (int b = p; b < blocks; b += parts) {
              losses[p] += block(b * BLOCK, w, gradients[p]);
            }
          }
        };
    together(work, parts);
    double loss = Arrays.stream(losses).sum() / rows;
    double[] gradient = new double[point.length];
    for (float[] part : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += part[i];
      }
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] /= rows;
    }
    for (int i = 0; i < classes * width; i++) {
      loss += strength / 2 * point[i] * point[i];
      gradient[i] += strength * point[i];
    }
    return new Lbfgs.Value(loss, gradient);
  }

  private void together(Runnable work, int parts) {
    int number = Math.min(threads, parts);
    if (number == 1) {
      work.run();
      return;
    }
    IntStream.range(0, number).parallel().forEach(t -> work.run());
  }

  // Adds to the gradient, and returns the loss.
  private double block(int first, float[] w, float[] gradient) {
    int height = Math.min(BLOCK, rows - first);
    float[] errors = logits(first, height, w);
    double loss = 0;
    double[] scores = new double[classes];
    for (int i = 0; i < height; i++) {
      loss += softmax(errors, i, set.labels()[(first + i) / set.views()], scores);
    }
    gradient(first, height, errors, gradient);
    return loss;
  }

  // (K, BLOCK); columns behind the block's height stay 0.
  private float[] logits(int first, int height, float[] w) {
    float[] logits = new float[classes * BLOCK];
    for (int k = 0; k < classes; k++) {
      Arrays.fill(logits, k * BLOCK, k * BLOCK + height, w[classes * width + k]);
    }
    float[] tile = new float[TURNED * BLOCK];
    for (int from = 0; from < width; from += TURNED) {
      int features = Math.min(TURNED, width - from);
      turn(first, height, from, features, tile);
      for (int k = 0; k < classes; k++) {
        addLogits(w, k * width + from, features, tile, logits, k * BLOCK, height);
      }
    }
    return logits;
  }

  // Normalized features as (feature, example), so that the loop over examples adds no sums.
  private void turn(int first, int height, int from, int features, float[] tile) {
    for (int i = 0; i < height; i++) {
      int row = first + i;
      float[] x = set.values()[row / set.views()];
      int at = row % set.views() * width + from;
      for (int f = 0; f < features; f++) {
        tile[f * BLOCK + i] = (x[at + f] - mean[from + f]) * scale[from + f];
      }
    }
  }

  private static void addLogits(
      float[] w, int at, int features, float[] tile, float[] out, int to, int height) {
    int f = 0;
    for (; f + FUSED <= features; f += FUSED) {
      float a = w[at + f];
      float b = w[at + f + 1];
      float c = w[at + f + 2];
      float d = w[at + f + 3];
      int x = f * BLOCK;
      for (int i = 0; i < height; i++) {
        out[to + i] +=
            a * tile[x + i]
                + b * tile[x + BLOCK + i]
                + c * tile[x + 2 * BLOCK + i]
                + d * tile[x + 3 * BLOCK + i];
      }
    }
    for (; f < features; f++) {
      float a = w[at + f];
      for (int i = 0; i < height; i++) {
        out[to + i] += a * tile[f * BLOCK + i];
      }
    }
  }

  // Replaces the logits of an example by the gradient of its loss, and returns that loss.
  private double softmax(float[] errors, int i, int label, double[] scores) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      scores[k] = errors[k * BLOCK + i];
      max = Math.max(max, scores[k]);
    }
    double sum = 0;
    double own = scores[label] - max;
    for (int k = 0; k < classes; k++) {
      scores[k] = StrictMath.exp(scores[k] - max);
      sum += scores[k];
    }
    for (int k = 0; k < classes; k++) {
      errors[k * BLOCK + i] = (float) (scores[k] / sum - (k == label ? 1 : 0));
    }
    return StrictMath.log(sum) - own;
  }

  private void gradient(int first, int height, float[] errors, float[] gradient) {
    // Examples behind the last one have errors of 0, whatever is in their place here.
    float[] group = new float[GROUP * SPAN];
    for (int from = 0; from < width; from += SPAN) {
      int features = Math.min(SPAN, width - from);
      for (int i = 0; i < height; i += GROUP) {
        normalize(first + i, Math.min(GROUP, height - i), from, features, group);
        for (int k = 0; k < classes; k++) {
          addGradient(errors, k * BLOCK + i, group, gradient, k * width + from, features);
        }
      }
    }
    for (int k = 0; k < classes; k++) {
      float sum = 0;
      for (int i = 0; i < height; i++) {
        sum += errors[k * BLOCK + i];
      }
      gradient[classes * width + k] += sum;
    }
  }

  private void normalize(int first, int examples, int from, int features, float[] group) {
    for (int i = 0; i < examples; i++) {
      int row = first + i;
      float[] x = set.values()[row / set.views()];
      int at = row % set.views() * width + from;
      int to = i * SPAN;
      for (int f = 0; f < features; f++) {
        group[to + f] = (x[at + f] - mean[from + f]) * scale[from + f];
      }
    }
  }

  private static void addGradient(
      float[] errors, int at, float[] group, float[] gradient, int to, int features) {
    float a = errors[at];
    float b = errors[at + 1];
    float c = errors[at + 2];
    float d = errors[at + 3];
    for (int f = 0; f < features; f++) {
      gradient[to + f] +=
          a * group[f] + b * group[SPAN + f] + c * group[2 * SPAN + f] + d * group[3 * SPAN + f];
    }
  }
}
