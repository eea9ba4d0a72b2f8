package dev.fovea.eval;

import dev.fovea.api.Api;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metrics of one pass over labeled images; fractions, not percentages.
 *
 * <pre>{@code
 * Evaluation evaluation = classifier.evaluate(images);
 * System.out.println(evaluation.top1() + " in " + evaluation.top1Interval());
 * for (Evaluation.PerClass row : evaluation.perClass()) {
 *   System.out.println(row.name() + " " + row.recall());
 * }
 * }</pre>
 *
 * @param images the number of images
 * @param loss mean negative log-likelihood of the true class (natural logarithm)
 * @param top1 fraction whose most probable class is the true one; ties go to the first class
 * @param top5 fraction whose true class is among the five most probable
 * @param brier mean squared distance between the probabilities and the one-hot label, summed over
 *     the classes: 0 to 2 (Brier 1950)
 * @param calibration over {@value Tally#BINS} bins of confidence
 * @param classes the class names
 * @param confusion confusion matrix: confusion.get(t).get(p) images of class t were classified as
 *     class p
 * @param metrics figures of the caller's own, by name
 */
@Api(Api.Status.STABLE)
public record Evaluation(
    long images,
    double loss,
    double top1,
    double top5,
    double brier,
    Calibration calibration,
    List<String> classes,
    List<List<Long>> confusion,
    Map<String, Double> metrics) {

  /** Copies the lists. */
  public Evaluation {
    classes = List.copyOf(classes);
    confusion = confusion.stream().map(List::copyOf).toList();
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /** The expected calibration error. */
  public double calibrationError() {
    return calibration.expectedError();
  }

  /** The number of correctly classified images. */
  public long right() {
    long right = 0;
    for (int k = 0; k < classes.size(); k++) {
      right += confusion.get(k).get(k);
    }
    return right;
  }

  /** The 95 % confidence interval of top-1 accuracy for images sampled at random. */
  public Interval top1Interval() {
    return Interval.wilson95(right(), images);
  }

  /**
   * The metrics of one class.
   *
   * @param images the number of images of this class
   * @param precision fraction of the images classified as this class that belong to it; NaN if
   *     there are none
   * @param recall fraction of the images of this class that were classified as it; NaN if there are
   *     none
   * @param f1 harmonic mean of both, 2·hits / (images + predictions); NaN if both are 0
   */
  public record PerClass(String name, long images, double precision, double recall, double f1) {}

  /** The metrics of each class, in class order. */
  public List<PerClass> perClass() {
    long[] answers = new long[classes.size()];
    for (List<Long> row : confusion) {
      for (int k = 0; k < answers.length; k++) {
        answers[k] += row.get(k);
      }
    }
    List<PerClass> rows = new ArrayList<>();
    for (int k = 0; k < answers.length; k++) {
      long actual = confusion.get(k).stream().mapToLong(Long::longValue).sum();
      double right = confusion.get(k).get(k);
      rows.add(
          new PerClass(
              classes.get(k),
              actual,
              right / answers[k],
              right / actual,
              2 * right / (actual + answers[k])));
    }
    return rows;
  }

  /**
   * A pair of confused classes.
   *
   * @param label the true class
   * @param answer the predicted class
   * @param images how many images of {@code label} were classified as {@code answer}
   */
  public record Confused(int label, int answer, long images) {}

  /** The most frequently confused pairs of classes, most frequent first; ties in class order. */
  public List<Confused> mostConfused(int most) {
    List<Confused> pairs = new ArrayList<>();
    for (int t = 0; t < classes.size(); t++) {
      for (int a = 0; a < classes.size(); a++) {
        long n = confusion.get(t).get(a);
        if (t != a && n > 0) {
          pairs.add(new Confused(t, a, n));
        }
      }
    }
    pairs.sort(Comparator.comparingLong(Confused::images).reversed());
    return List.copyOf(pairs.subList(0, Math.min(most, pairs.size())));
  }
}
