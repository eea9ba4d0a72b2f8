package dev.fovea.app.evaluation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Table;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Interval;
import dev.fovea.eval.Protocol;
import java.util.List;
import java.util.Locale;

/**
 * Formats an evaluation as tables and as JSON.
 *
 * @param models names as on the command line
 * @param split the evaluated split
 */
public record EvalText(
    List<String> models, Protocol protocol, String split, Evaluation result, double seconds) {

  /** The table of figures. */
  public String summary() {
    Interval i = result.top1Interval();
    return new Table("measure", "value")
        .row("top-1", Human.percent(result.top1()))
        .row("  95 % interval", Human.percent(i.low()) + " to " + Human.percent(i.high()))
        .row("top-5", Human.percent(result.top5()))
        .row("loss", Human.loss(result.loss()))
        .row("Brier score", Human.loss(result.brier()))
        .row("calibration error", Human.percent(result.calibrationError()))
        .row("  maximum of a bin", Human.percent(result.calibration().maximumError()))
        .row("images", Human.count(result.images()))
        .row("images per second", Human.digits(result.images() / seconds))
        .toString();
  }

  /** The table of classes. */
  public String classes() {
    Table table = new Table("class", "images", "precision", "recall", "F1");
    for (Evaluation.PerClass c : result.perClass()) {
      table.row(
          Human.visible(c.name()),
          Human.count(c.images()),
          Human.percent(c.precision()),
          Human.percent(c.recall()),
          Human.percent(c.f1()));
    }
    return table.toString();
  }

  /** All figures as one JSON object. */
  public Json json() {
    Interval interval = result.top1Interval();
    return new Json()
        .put("models", models)
        .put("crops", protocol.label())
        .put("images", result.images())
        .put("top1", result.top1())
        .put("top1_low", interval.low())
        .put("top1_high", interval.high())
        .put("top5", result.top5())
        .put("loss", result.loss())
        .put("brier", result.brier())
        .put("calibration_error", result.calibrationError())
        .put("max_calibration_error", result.calibration().maximumError())
        .put("split", split.toLowerCase(Locale.ROOT))
        .put("images_per_second", result.images() / seconds)
        .put(
            "per_class",
            result.perClass().stream()
                .map(
                    c ->
                        new Json()
                            .put("class", c.name())
                            .put("images", c.images())
                            .put("precision", c.precision())
                            .put("recall", c.recall())
                            .put("f1", c.f1()))
                .toList())
        .put("confusion", result.confusion());
  }
}
