package dev.fovea.eval;

import java.util.ArrayList;
import java.util.List;

/**
 * The figures of one pass over labelled images; parts of 1, not percent.
 *
 * @param images how many images were seen
 * @param loss mean of -log of the true class's probability, natural logarithm
 * @param top1 part whose most probable class is the true one; the first class wins ties
 * @param top5 part whose true class is among the five most probable
 * @param calibrationError expected calibration error over {@value Tally#BINS} equal bins of
 *     confidence; Guo et al. 2017, equation 3
 * @param classes their names
 * @param confusion confusion.get(t).get(p) images of class t were taken for class p
 */
public record Evaluation(
    long images,
    double loss,
    double top1,
    double top5,
    double calibrationError,
    List<String> classes,
    List<List<Long>> confusion) {

  /** Copies the lists. */
  public Evaluation {
    classes = List.copyOf(classes);
    confusion = confusion.stream().map(List::copyOf).toList();
  }

  /**
   * The figures of one class.
   *
   * @param images of this class
   * @param precision part of the images taken for this class that are of it; NaN if none were
   * @param recall part of this class's images that were taken for it; NaN if there are none
   */
  public record PerClass(String name, long images, double precision, double recall) {}

  /** The figures class by class. */
  public List<PerClass> perClass() {
    List<PerClass> rows = new ArrayList<>();
    for (int k = 0; k < classes.size(); k++) {
      long predicted = 0;
      for (List<Long> row : confusion) {
        predicted += row.get(k);
      }
      long actual = confusion.get(k).stream().mapToLong(Long::longValue).sum();
      double right = confusion.get(k).get(k);
      rows.add(new PerClass(classes.get(k), actual, right / predicted, right / actual));
    }
    return rows;
  }
}
