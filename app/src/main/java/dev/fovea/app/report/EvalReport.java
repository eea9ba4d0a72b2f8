package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.eval.Evaluation;
import java.util.List;

/**
 * What the page of an evaluation shows.
 *
 * @param title what was evaluated on what
 * @param headline results first, as pairs of label and value
 * @param result all figures
 * @param mistakes wrong answers, the surest first
 * @param hits right answers, the least sure first
 * @param protocol how it was measured, in order
 * @param models what each model says of itself
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
   * An image and what became of it.
   *
   * @param png the image as a PNG file; empty if it cannot be shown
   * @param tiny whether its pixels should stay visible when it is enlarged
   * @param name where it lies in the data
   * @param truth its true class
   * @param answer the class it was taken for
   * @param confidence the answer's probability
   * @param truthProbability the true class's probability
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

  /** What a model says of itself. */
  public record Card(String name, List<Setting> settings) {
    /** Copies the list. */
    public Card {
      settings = List.copyOf(settings);
    }
  }
}
