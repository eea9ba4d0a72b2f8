package dev.fovea.app.report;

import java.util.List;

/**
 * The content of a training run's page.
 *
 * @param title the run's name
 * @param running whether the run continues, so that the page should reload itself
 * @param headline results first: best accuracy, time, network, as pairs of label and value
 * @param settings the resolved configuration
 * @param epochs one row per finished epoch
 * @param rates the learning rate over the steps
 * @param samples a PNG of augmented training images; empty if there are none
 * @param confusion the last evaluation's confusion matrix, empty if there is none
 */
public record RunReport(
    String title,
    boolean running,
    List<Setting> headline,
    List<Setting> settings,
    List<Epoch> epochs,
    List<Point> rates,
    byte[] samples,
    Confusion confusion) {

  /** Copies the lists and the image. */
  public RunReport {
    headline = List.copyOf(headline);
    settings = List.copyOf(settings);
    epochs = List.copyOf(epochs);
    rates = List.copyOf(rates);
    samples = samples.clone();
  }

  /** A label and its value. */
  public record Setting(String name, String value) {}

  /** A point of a curve. */
  public record Point(double x, double y) {}

  /**
   * The figures of an epoch; NaN where nothing was measured.
   *
   * @param epoch counted from 1
   * @param trainTop1 accuracy on the (augmented) training images, as a fraction
   * @param rate the learning rate at the end of the epoch
   * @param imagesPerSecond training speed
   * @param seconds duration of the epoch, including evaluation
   */
  public record Epoch(
      int epoch,
      double trainLoss,
      double trainTop1,
      double valLoss,
      double valTop1,
      double rate,
      double imagesPerSecond,
      double seconds) {}

  /**
   * A confusion matrix.
   *
   * @param classes the names, in order
   * @param counts counts.get(i).get(j) images of class i were predicted as class j
   */
  public record Confusion(List<String> classes, List<List<Long>> counts) {
    /** No evaluation yet. */
    public static final Confusion NONE = new Confusion(List.of(), List.of());

    /** Copies the lists; there must be one row and one column for each class. */
    public Confusion {
      classes = List.copyOf(classes);
      counts = counts.stream().map(List::copyOf).toList();
      int n = classes.size();
      if (counts.size() != n || counts.stream().anyMatch(r -> r.size() != n)) {
        throw new IllegalArgumentException(
            "a confusion matrix of " + n + " classes must be " + n + "x" + n);
      }
    }
  }
}
