package dev.fovea.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The figures of one pass over labelled images; parts of 1, not percent.
 *
 * @param images how many images were seen
 * @param loss mean of -log of the true class's probability, natural logarithm
 * @param top1 part whose most probable class is the true one; the first class wins ties
 * @param top5 part whose true class is among the five most probable
 * @param brier mean of the squared distance between probabilities and truth, summed over the
 *     classes: 0 to 2 (Brier 1950)
 * @param calibration over {@value Tally#BINS} bins of confidence
 * @param classes their names
 * @param confusion confusion.get(t).get(p) images of class t were taken for class p
 */
public record Evaluation(
    long images,
    double loss,
    double top1,
    double top5,
    double brier,
    Calibration calibration,
    List<String> classes,
    List<List<Long>> confusion) {

  /** Copies the lists. */
  public Evaluation {
    classes = List.copyOf(classes);
    confusion = confusion.stream().map(List::copyOf).toList();
  }

  /** The expected calibration error. */
  public double calibrationError() {
    return calibration.expectedError();
  }

  /** Images that were answered right. */
  public long right() {
    long right = 0;
    for (int k = 0; k < classes.size(); k++) {
      right += confusion.get(k).get(k);
    }
    return right;
  }

  /** Where top-1 lies with 95 % confidence, as far as chance in choosing the images goes. */
  public Interval top1Interval() {
    return Interval.wilson95(right(), images);
  }

  /**
   * The figures of one class.
   *
   * @param images of this class
   * @param precision part of the images taken for this class that are of it; NaN if none were
   * @param recall part of this class's images that were taken for it; NaN if there are none
   * @param f1 harmonic mean of both, which is 2·hits / (images + answers); NaN if there are neither
   */
  public record PerClass(String name, long images, double precision, double recall, double f1) {}

  /** The figures class by class. */
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
   * Images of one class that were taken for another.
   *
   * @param label the true class
   * @param answer the class they were taken for
   */
  public record Confused(int label, int answer, long images) {}

  /** The pairs of classes that are confused, the most frequent first; equal ones in order. */
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
