package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Confusion;
import dev.fovea.app.report.RunReport.Epoch;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Renders a training run as an HTML page, see {@link Page}. */
public final class ReportPage {
  /** Largest number of classes for which the whole confusion matrix is shown. */
  static final int FULL_MATRIX = 20;

  /** Seconds until the page of an unfinished run reloads itself. */
  private static final int RELOAD = 20;

  private ReportPage() {}

  /** The page. */
  public static String html(RunReport run) {
    StringBuilder s = new StringBuilder(1 << 16);
    Page.head(s, run.title(), run.running() ? RELOAD : 0);
    headline(s, run.headline());
    curves(s, run);
    samples(s, run.samples());
    confusion(s, run.confusion());
    epochs(s, run.epochs());
    settings(s, "Configuration", run.settings());
    return Page.foot(s);
  }

  /** Adds results as a row of cards. */
  static void headline(StringBuilder s, List<Setting> headline) {
    s.append("<dl class=\"headline\">\n");
    for (Setting h : headline) {
      s.append(
          "<div><dt>" + Html.text(h.name()) + "</dt><dd>" + Html.text(h.value()) + "</dd></div>\n");
    }
    s.append("</dl>\n");
  }

  private static void curves(StringBuilder s, RunReport run) {
    List<Epoch> epochs = run.epochs();
    List<LineChart> charts =
        List.of(
            new LineChart(
                "Loss",
                "epoch",
                "cross-entropy (nats)",
                true,
                List.of(
                    curve("training", epochs, Epoch::trainLoss),
                    curve("validation", epochs, Epoch::valLoss))),
            new LineChart(
                "Accuracy",
                "epoch",
                "top-1 (%)",
                false,
                List.of(
                    curve("training", epochs, e -> 100 * e.trainTop1()),
                    curve("validation", epochs, e -> 100 * e.valTop1()))),
            new LineChart(
                "Learning rate",
                "step",
                "learning rate",
                true,
                List.of(new LineChart.Curve("learning rate", run.rates()))),
            new LineChart(
                "Speed",
                "epoch",
                "images per second",
                true,
                List.of(curve("training", epochs, Epoch::imagesPerSecond))));
    if (charts.stream().allMatch(LineChart::isEmpty)) {
      s.append("<p class=\"note\">The curves appear after the first epoch.</p>\n");
      return;
    }
    s.append("<section class=\"charts\" aria-label=\"Curves\">\n");
    charts.forEach(c -> s.append(c.svg()));
    s.append("</section>\n");
  }

  private static LineChart.Curve curve(
      String name, List<Epoch> epochs, ToDoubleFunction<Epoch> value) {
    return new LineChart.Curve(
        name, epochs.stream().map(e -> new Point(e.epoch(), value.applyAsDouble(e))).toList());
  }

  private static void samples(StringBuilder s, byte[] png) {
    if (png.length > 0) {
      s.append("<section>\n<h2>Training images as the network sees them</h2>\n")
          .append(
              "<img class=\"samples\" alt=\"A sheet of augmented training images with their"
                  + " classes\" src=\"data:image/png;base64,")
          .append(Base64.getEncoder().encodeToString(png))
          .append("\">\n</section>\n");
    }
  }

  private static void confusion(StringBuilder s, Confusion confusion) {
    if (confusion.classes().isEmpty()) {
      return;
    }
    s.append("<section>\n<h2>Confusion matrix</h2>\n");
    if (confusion.classes().size() <= FULL_MATRIX) {
      matrix(s, confusion);
    }
    mistakes(s, confusion);
    s.append("</section>\n");
  }

  /** Adds the whole matrix as a table of colored cells. */
  static void matrix(StringBuilder s, Confusion c) {
    s.append(
            "<p class=\"note\">Rows are true classes, columns predicted classes, in percent of the"
                + " row.</p>\n")
        .append("<div class=\"scroll\"><table class=\"matrix\">\n<tr><th></th>");
    c.classes()
        .forEach(name -> s.append("<th class=\"turn\"><span>" + Html.text(name) + "</span></th>"));
    s.append("</tr>\n");
    for (int i = 0; i < c.classes().size(); i++) {
      List<Long> row = c.counts().get(i);
      long all = row.stream().mapToLong(Long::longValue).sum();
      s.append("<tr><th>" + Html.text(c.classes().get(i)) + "</th>");
      for (int j = 0; j < row.size(); j++) {
        double share = all == 0 ? 0 : (double) row.get(j) / all;
        String shown =
            row.get(j) == 0 ? "" : Decimals.format(share < 0.0995 ? "%.1f" : "%.0f", 100 * share);
        s.append(
            Decimals.format(
                "<td class=\"%s\" style=\"--p:%.0f%%\" title=\"%d of %d\">%s</td>",
                i == j ? "right" : "wrong",
                i == j ? 75 * share : Math.min(75, 300 * share),
                row.get(j),
                all,
                shown));
      }
      s.append("</tr>\n");
    }
    s.append("</table></div>\n");
  }

  private record Mistake(String truth, String answer, long count) {}

  private static void mistakes(StringBuilder s, Confusion c) {
    List<Mistake> mistakes = new ArrayList<>();
    for (int i = 0; i < c.classes().size(); i++) {
      for (int j = 0; j < c.classes().size(); j++) {
        if (i != j && c.counts().get(i).get(j) > 0) {
          mistakes.add(
              new Mistake(c.classes().get(i), c.classes().get(j), c.counts().get(i).get(j)));
        }
      }
    }
    if (mistakes.isEmpty()) {
      s.append("<p class=\"note\">Every image was classified correctly.</p>\n");
      return;
    }
    mistakes.sort(Comparator.comparingLong(Mistake::count).reversed());
    s.append("<p class=\"note\">Most frequent mistakes: ");
    List<String> few =
        mistakes.stream()
            .limit(5)
            .map(
                m ->
                    Html.text(m.truth())
                        + " predicted as "
                        + Html.text(m.answer())
                        + " ("
                        + m.count()
                        + ")")
            .toList();
    s.append(String.join(", ", few)).append(".</p>\n");
  }

  private static void epochs(StringBuilder s, List<Epoch> epochs) {
    if (epochs.isEmpty()) {
      return;
    }
    double best =
        epochs.stream()
            .mapToDouble(Epoch::valTop1)
            .filter(Double::isFinite)
            .max()
            .orElse(Double.NaN);
    s.append("<section>\n<h2>Epochs</h2>\n<div class=\"scroll\"><table class=\"numbers\">\n")
        .append(
            "<tr><th>epoch</th><th>training loss</th><th>training top-1</th><th>validation"
                + " loss</th>")
        .append(
            "<th>validation top-1</th><th>learning"
                + " rate</th><th>images/s</th><th>seconds</th></tr>\n");
    for (Epoch e : epochs) {
      s.append(e.valTop1() == best ? "<tr class=\"best\">" : "<tr>")
          .append(cell("%.0f", e.epoch()))
          .append(cell("%.4f", e.trainLoss()))
          .append(cell("%.2f&nbsp;%%", 100 * e.trainTop1()))
          .append(cell("%.4f", e.valLoss()))
          .append(cell("%.2f&nbsp;%%", 100 * e.valTop1()))
          .append(cell("%.5f", e.rate()))
          .append(cell("%,.0f", e.imagesPerSecond()))
          .append(cell("%,.1f", e.seconds()))
          .append("</tr>\n");
    }
    s.append("</table></div>\n</section>\n");
  }

  /** A number in a table; a dash for NaN. */
  static String cell(String format, double value) {
    return "<td>" + (Double.isFinite(value) ? Decimals.format(format, value) : "–") + "</td>";
  }

  /** Adds a table of names and values under a heading. */
  static void settings(StringBuilder s, String heading, List<Setting> settings) {
    s.append(
        "<section>\n<h2>"
            + Html.text(heading)
            + "</h2>\n<div class=\"scroll\"><table class=\"settings\">\n");
    for (Setting o : settings) {
      s.append(
          "<tr><th>" + Html.text(o.name()) + "</th><td>" + Html.text(o.value()) + "</td></tr>\n");
    }
    s.append("</table></div>\n</section>\n");
  }
}
