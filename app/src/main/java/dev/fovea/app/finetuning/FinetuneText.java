package dev.fovea.app.finetuning;

import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Table;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Interval;
import dev.fovea.eval.Judgement;
import dev.fovea.finetune.FinetuneResult;
import dev.fovea.finetune.FinetuneResult.Kept;
import dev.fovea.finetune.HeadFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Formats the result of a fine-tuning as tables and as JSON.
 *
 * @param val the validation images, open
 */
public record FinetuneText(FinetuneResult result, Dataset val) {
  private static final int MISTAKES = 10;
  private static final int WIDEST_MATRIX = 20;

  /** Both stages, and which one the model file holds. */
  public String stages() {
    Table table = new Table("stage", "top-1", "95 % interval", "time", "kept");
    result
        .first()
        .ifPresent(e -> row(table, "last layer", e, headSeconds(), result.kept() == Kept.FIRST));
    result
        .second()
        .ifPresent(
            e ->
                row(
                    table,
                    "whole network",
                    e,
                    result.trainingSeconds(),
                    result.kept() == Kept.SECOND));
    return table.toString();
  }

  /** Both stages in words. */
  public List<Setting> headline() {
    List<Setting> all = new ArrayList<>();
    result.first().ifPresent(e -> all.add(new Setting("last layer", words(e, headSeconds()))));
    result
        .second()
        .ifPresent(e -> all.add(new Setting("whole network", words(e, result.trainingSeconds()))));
    all.add(
        new Setting(
            "kept, by held-back images",
            result.kept() == Kept.FIRST ? "last layer" : "whole network"));
    return all;
  }

  private static String words(Evaluation e, double seconds) {
    return Human.percent(e.top1()) + " in " + time(seconds);
  }

  private static void row(Table table, String name, Evaluation e, double seconds, boolean kept) {
    Interval i = e.top1Interval();
    table.row(
        name,
        Human.percent(e.top1()),
        Human.percent(i.low()) + " to " + Human.percent(i.high()),
        time(seconds),
        kept ? "yes" : "");
  }

  private double headSeconds() {
    return result.head().map(HeadFigures::seconds).orElse(0.0);
  }

  /** A time that may be below a minute, with a tenth of a second. */
  public static String time(double seconds) {
    return seconds < 60
        ? Human.digits(seconds) + " s"
        : Human.time(Duration.ofMillis((long) (1000 * seconds)));
  }

  /** The confusion matrix, if it is small enough to read. */
  public Optional<String> matrix() {
    Evaluation e = result.evaluation().orElseThrow();
    int n = e.classes().size();
    if (n > WIDEST_MATRIX) {
      return Optional.empty();
    }
    String[] head = new String[n + 1];
    head[0] = "class \\ answer";
    for (int k = 0; k < n; k++) {
      head[k + 1] = Integer.toString(k);
    }
    Table table = new Table(head);
    for (int t = 0; t < n; t++) {
      String[] row = new String[n + 1];
      row[0] = t + " " + Human.visible(e.classes().get(t));
      for (int p = 0; p < n; p++) {
        long images = e.confusion().get(t).get(p);
        row[p + 1] = images == 0 ? "." : Human.count(images);
      }
      table.row(row);
    }
    return Optional.of(table.toString());
  }

  /** The most confident mistakes; empty if there are none. */
  public String mistakes() {
    List<Judgement> worst = result.judgements().confidentMistakes(MISTAKES);
    if (worst.isEmpty()) {
      return "";
    }
    List<String> names = result.evaluation().orElseThrow().classes();
    Table table = new Table("most confident mistakes", "class", "answer", "confidence");
    for (Judgement j : worst) {
      table.row(
          Human.visible(val.name(j.item())),
          Human.visible(names.get(j.label())),
          Human.visible(names.get(j.answer())),
          Human.percent(j.confidence()));
    }
    return table.toString();
  }

  /**
   * All figures as one JSON object.
   *
   * @param flags the names of the running command's options, for the reason of a failure
   */
  public Json json(Set<String> flags) {
    Json json =
        new Json()
            .put("event", "end")
            .put("outcome", result.outcome().name().toLowerCase(Locale.ROOT))
            .put("run", result.folder().path())
            .put("model", result.evaluation().isPresent() ? result.model() : null)
            .put("kept", result.evaluation().isPresent() ? kept() : null);
    result
        .head()
        .ifPresent(
            h ->
                json.put(
                    "head",
                    stage(result.first().orElseThrow(), h.seconds())
                        .put("strength", h.strength())
                        .put("cross_validated_top1", h.crossValidatedTop1())
                        .put("held_back_top1", h.heldBackTop1())
                        .put("data_seconds", h.dataSeconds())
                        .put("feature_seconds", h.featureSeconds())
                        .put("fit_seconds", h.fitSeconds())));
    result.failure().ifPresent(e -> json.put("failure", ErrorLine.of(e, flags)));
    result.second().ifPresent(e -> json.put("network", stage(e, result.trainingSeconds())));
    return json;
  }

  private String kept() {
    return result.kept() == Kept.FIRST ? "head" : "network";
  }

  private static Json stage(Evaluation e, double seconds) {
    Interval i = e.top1Interval();
    return new Json()
        .put("top1", e.top1())
        .put("top1_low", i.low())
        .put("top1_high", i.high())
        .put("loss", e.loss())
        .put("images", e.images())
        .put("seconds", seconds)
        .put("confusion", e.confusion());
  }
}
