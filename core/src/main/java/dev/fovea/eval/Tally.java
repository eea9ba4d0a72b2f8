package dev.fovea.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Accumulates the metrics of an {@link Evaluation}, image by image. Not thread-safe. */
public final class Tally {
  /** The number of confidence bins. */
  public static final int BINS = 15;

  // By how much rounding may raise the logarithm of a probability of 1 above 0.
  private static final double SLACK = 1e-9;

  private final List<String> classes;
  private final long[][] confusion;
  private final long[] binImages = new long[BINS];
  private final long[] binRight = new long[BINS];
  private final double[] binConfidence = new double[BINS];
  private final Map<String, Metric.Pass> passes = new LinkedHashMap<>();
  private long images;
  private long right;
  private long inFive;
  private double loss;
  private double brier;

  /** Creates an empty tally for {@code classes}. */
  public Tally(List<String> classes) {
    this(classes, List.of());
  }

  /** Creates an empty tally that computes further figures. */
  public Tally(List<String> classes, List<Metric> metrics) {
    metrics.forEach(m -> passes.put(m.name(), m.start(List.copyOf(classes))));
    this.classes = List.copyOf(classes);
    this.confusion = new long[classes.size()][classes.size()];
  }

  /**
   * Adds one image.
   *
   * @param logProbabilities natural logarithms of the probabilities, one per class; negative
   *     infinity for a probability of 0
   * @param label its true class
   */
  public void add(double[] logProbabilities, int label) {
    if (logProbabilities.length != classes.size() || label < 0 || label >= classes.size()) {
      throw new IllegalArgumentException(
          "expected "
              + classes.size()
              + " log-probabilities and a label below that, got "
              + logProbabilities.length
              + " and "
              + label);
    }
    int best = 0;
    int above = 0;
    for (int k = 0; k < logProbabilities.length; k++) {
      best = logProbabilities[k] > logProbabilities[best] ? k : best;
      boolean before =
          logProbabilities[k] > logProbabilities[label]
              || (logProbabilities[k] == logProbabilities[label] && k < label);
      above += before ? 1 : 0;
      double gap =
          k == label ? StrictMath.expm1(logProbabilities[k]) : StrictMath.exp(logProbabilities[k]);
      brier += gap * gap;
    }
    if (logProbabilities[best] > SLACK) {
      throw new IllegalArgumentException(
          "expected log-probabilities, which are at most 0, got " + logProbabilities[best]);
    }
    images++;
    boolean number = !Double.isNaN(logProbabilities[label]);
    right += number && best == label ? 1 : 0;
    inFive += number && above < 5 ? 1 : 0;
    // A NaN is kept, so that a broken network becomes visible.
    loss -= logProbabilities[label];
    confusion[label][best]++;
    double confidence = StrictMath.exp(logProbabilities[best]);
    int bin = (int) Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
    binImages[bin]++;
    binRight[bin] += number && best == label ? 1 : 0;
    binConfidence[bin] += confidence;
    if (!passes.isEmpty()) {
      double[] probabilities = Softmax.exp(logProbabilities);
      passes.values().forEach(pass -> pass.add(label, probabilities));
    }
  }

  /** The metrics of all images so far; NaN if there are none. */
  public Evaluation result() {
    List<List<Long>> rows = new ArrayList<>();
    for (long[] row : confusion) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    return new Evaluation(
        images,
        loss / images,
        (double) right / images,
        (double) inFive / images,
        brier / images,
        calibration(),
        classes,
        rows,
        figures());
  }

  private Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    passes.forEach((name, pass) -> figures.put(name, pass.value()));
    return figures;
  }

  private Calibration calibration() {
    double expected = 0;
    double maximum = images == 0 ? Double.NaN : 0;
    List<Calibration.Bin> bins = new ArrayList<>();
    for (int b = 0; b < BINS; b++) {
      double gap = Math.abs(binRight[b] - binConfidence[b]);
      expected += gap / images;
      if (binImages[b] > 0) {
        maximum = Math.max(maximum, gap / binImages[b]);
      }
      bins.add(
          new Calibration.Bin(
              binImages[b], binConfidence[b] / binImages[b], (double) binRight[b] / binImages[b]));
    }
    return new Calibration(bins, expected, maximum);
  }
}
