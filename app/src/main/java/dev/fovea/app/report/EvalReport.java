package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.eval.Evaluation;
import java.util.List;

/**
 * The content of an evaluation page.
 *
 * @param title the models and the data
 * @param headline results first, as pairs of label and value
 * @param result the figures
 * @param mistakes wrong predictions, most confident first
 * @param hits correct predictions, least confident first
 * @param protocol how the figures were measured
 * @param models the metadata of each model
 */
public record EvalReport(
    String title,
    List<Setting> headline,
    Evaluation result,
    List<Shown> mistakes,
    List<Shown> hits,
    List<Setting> protocol,
    List<Card> models) {

  /** Copies the lists. */
  public EvalReport {
    headline = List.copyOf(headline);
    mistakes = List.copyOf(mistakes);
    hits = List.copyOf(hits);
    protocol = List.copyOf(protocol);
    models = List.copyOf(models);
  }

  /**
   * An image and its prediction.
   *
   * @param png the image as a PNG file; empty if it cannot be shown
   * @param tiny whether to enlarge it without smoothing
   * @param name its name in the data set
   * @param truth the true class
   * @param answer the predicted class
   * @param confidence the probability of the predicted class
   * @param truthProbability the probability of the true class
   */
  public record Shown(
      byte[] png,
      boolean tiny,
      String name,
      String truth,
      String answer,
      double confidence,
      double truthProbability) {
    /** Copies the image. */
    public Shown {
      png = png.clone();
    }
  }

  /** The metadata of a model. */
  public record Card(String name, List<Setting> settings) {
    /** Copies the list. */
    public Card {
      settings = List.copyOf(settings);
    }
  }
}
