package dev.fovea.app.explanation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.report.ExplainReport.Chart;
import dev.fovea.app.report.ExplainReport.Grid;
import dev.fovea.explanation.LocalizationResult;
import dev.fovea.explanation.LocalizedImage;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the checks and boxes of all images say of each method. */
public final class Summary {
  private final Map<String, Totals> methods = new LinkedHashMap<>();
  private int images;

  private static final class Totals {
    private final String title;
    private final List<CheckFigures> checks = new ArrayList<>();
    private final List<LocalizedImage> located = new ArrayList<>();

    Totals(String title) {
      this.title = title;
    }
  }

  /** Adds the findings of an image. */
  public void add(List<Finding> findings) {
    images++;
    for (Finding f : findings) {
      Totals t =
          methods.computeIfAbsent(
              f.explanation().method().label(),
              k -> new Totals(MethodText.title(f.explanation().method())));
      f.check().ifPresent(c -> t.checks.add(CheckFigures.of(c)));
      f.located().ifPresent(t.located::add);
    }
  }

  private List<CheckFigures> means() {
    return methods.values().stream()
        .filter(t -> !t.checks.isEmpty())
        .map(t -> CheckFigures.mean(t.checks))
        .toList();
  }

  /** Charts of the checks, if there is more than one image; each has its own. */
  public List<Chart> charts() {
    return images > 1 ? CheckFigures.charts(means()) : List.of();
  }

  /** Tables of checks and boxes. */
  public List<Grid> tables() {
    List<Grid> tables = new ArrayList<>(images > 1 ? CheckFigures.tables(means()) : List.of());
    List<List<String>> rows = new ArrayList<>();
    for (Totals t : methods.values()) {
      if (!t.located.isEmpty()) {
        LocalizationResult r = new LocalizationResult(t.located);
        rows.add(
            List.of(
                t.title,
                Human.count(t.located.size()),
                Decimals.format("%.3f", r.meanIou()),
                Human.percent(r.errorOfBoxes()),
                Human.percent(r.error(1).orElse(Double.NaN)),
                Human.percent(r.error(5).orElse(Double.NaN))));
      }
    }
    if (!rows.isEmpty()) {
      tables.add(
          new Grid(
              "Localization",
              "The box of a map, yellow, is the smallest around the largest connected region of at"
                  + " least a fifth of the largest value (Zhou et al. 2016); given boxes are"
                  + " dashed. It is right if it overlaps a given one by half (IoU 0.5). The top-1"
                  + " and top-5 errors also ask for the label among so many answers, as in"
                  + " ImageNet's localization challenge.",
              List.of(
                  "method",
                  "images with boxes",
                  "mean IoU",
                  "error, class known",
                  "top-1 error",
                  "top-5 error"),
              rows));
    }
    return tables;
  }

  /** Lines for people: one for each method with boxes or, over several images, checks. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    methods.forEach(
        (label, t) -> {
          if (!t.located.isEmpty()) {
            lines.add(label + ": " + text(new LocalizationResult(t.located)));
          }
          if (t.checks.size() > 1) {
            lines.add(
                label
                    + ", mean of "
                    + Human.count(t.checks.size(), "image")
                    + ": "
                    + CheckFigures.mean(t.checks).text());
          }
        });
    return lines;
  }

  /** The same as JSON. */
  public List<Json> json() {
    List<Json> all = new ArrayList<>();
    methods.forEach(
        (label, t) -> {
          if (!t.located.isEmpty() || t.checks.size() > 1) {
            Json json = new Json().put("summary", label);
            if (!t.located.isEmpty()) {
              put(json, new LocalizationResult(t.located));
            }
            if (t.checks.size() > 1) {
              json.put("checked_images", t.checks.size());
              CheckFigures.mean(t.checks).put(json);
            }
            all.add(json);
          }
        });
    return all;
  }

  private static String text(LocalizationResult r) {
    String known =
        Human.count(r.images().size(), "image")
            + " with boxes, mean IoU "
            + Decimals.format("%.3f", r.meanIou())
            + ", error with known class "
            + Human.percent(r.errorOfBoxes());
    return r.error(1).isEmpty()
        ? known
        : known
            + ", top-1 localization error "
            + Human.percent(r.error(1).getAsDouble())
            + ", top-5 "
            + Human.percent(r.error(5).orElseThrow());
  }

  private static void put(Json json, LocalizationResult r) {
    json.put("images_with_boxes", r.images().size())
        .put("mean_iou", r.meanIou())
        .put("error_class_known", r.errorOfBoxes())
        .put("top1_localization_error", r.error(1).orElse(Double.NaN))
        .put("top5_localization_error", r.error(5).orElse(Double.NaN));
  }
}
