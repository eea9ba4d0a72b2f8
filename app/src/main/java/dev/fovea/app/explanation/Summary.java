package dev.fovea.app.explanation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.report.ExplainReport.Chart;
import dev.fovea.app.report.ExplainReport.Grid;
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
    private final List<Located> located = new ArrayList<>();

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
        Shares s = new Shares(t.located);
        rows.add(
            List.of(
                t.title,
                Human.count(t.located.size()),
                Decimals.format("%.3f", s.meanIou()),
                Human.percent(s.boxError()),
                Human.percent(s.error(1)),
                Human.percent(s.error(5))));
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
            lines.add(label + ": " + new Shares(t.located).text());
          }
          if (t.checks.size() > 1) {
            lines.add(
                label
                    + ", mean of "
                    + Human.count(t.checks.size())
                    + " images: "
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
              new Shares(t.located).put(json);
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

  /** Shares of the images with boxes. */
  private record Shares(List<Located> all) {
    double meanIou() {
      return all.stream().mapToDouble(Located::iou).average().orElse(Double.NaN);
    }

    double boxError() {
      return 1 - (double) all.stream().filter(Located::isRight).count() / all.size();
    }

    /** The error with labels and so many answers; NaN without labels. */
    double error(int answers) {
      List<Located> labeled = all.stream().filter(l -> l.rank().isPresent()).toList();
      return labeled.isEmpty()
          ? Double.NaN
          : 1 - (double) labeled.stream().filter(l -> l.isRight(answers)).count() / labeled.size();
    }

    String text() {
      String known =
          Human.count(all.size())
              + " images with boxes, mean IoU "
              + Decimals.format("%.3f", meanIou())
              + ", error with known class "
              + Human.percent(boxError());
      return Double.isNaN(error(1))
          ? known
          : known
              + ", top-1 localization error "
              + Human.percent(error(1))
              + ", top-5 "
              + Human.percent(error(5));
    }

    void put(Json json) {
      json.put("images_with_boxes", all.size())
          .put("mean_iou", meanIou())
          .put("error_class_known", boxError())
          .put("top1_localization_error", error(1))
          .put("top5_localization_error", error(5));
    }
  }
}
