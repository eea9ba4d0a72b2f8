package dev.fovea.app.explanation;

import dev.fovea.app.console.Json;
import dev.fovea.app.report.ExplainReport.Chart;
import dev.fovea.app.report.ExplainReport.Grid;
import dev.fovea.app.report.ExplainReport.Line;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.explanation.ExplanationCheck;
import dev.fovea.explanation.ExplanationCheck.Curve;
import dev.fovea.explanation.ExplanationCheck.Stage;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The figures of a method's checks: of one image, or the mean over several, which are checked
 * alike.
 *
 * @param method its title
 * @param shares of the pixels that have changed, in percent
 * @param deletion the probability while pixels are deleted in the order of the map
 * @param randomDeletion the same in the order of random maps of the same grain, their mean
 * @param insertion the probability while pixels are inserted in the order of the map
 * @param randomInsertion the same for random maps
 * @param layers with random weights, in percent; starts with 0
 * @param similarity rank correlation of the maps with and without random weights at each; NaN where
 *     there is none
 */
record CheckFigures(
    String method,
    double[] shares,
    double[] deletion,
    double[] randomDeletion,
    double[] insertion,
    double[] randomInsertion,
    double[] layers,
    double[] similarity) {
  private static final double PERCENT = 100;

  static CheckFigures of(ExplanationCheck check) {
    List<Stage> stages = check.randomization();
    double[] layers = new double[stages.size() + 1];
    double[] similarity = new double[stages.size() + 1];
    similarity[0] = 1;
    for (int i = 0; i < stages.size(); i++) {
      layers[i + 1] = PERCENT * stages.get(i).random() / stages.get(i).layers();
      similarity[i + 1] = stages.get(i).rankCorrelation().orElse(Double.NaN);
    }
    return new CheckFigures(
        MethodText.title(check.explanation().method()),
        array(check.deletion().curve().shares(), PERCENT),
        array(check.deletion().curve().probabilities(), 1),
        meanOf(check.deletion().random()),
        array(check.insertion().curve().probabilities(), 1),
        meanOf(check.insertion().random()),
        layers,
        similarity);
  }

  /** The mean over images; similarities over those that have one. */
  static CheckFigures mean(List<CheckFigures> all) {
    CheckFigures first = all.get(0);
    return new CheckFigures(
        first.method,
        first.shares,
        mean(all, CheckFigures::deletion),
        mean(all, CheckFigures::randomDeletion),
        mean(all, CheckFigures::insertion),
        mean(all, CheckFigures::randomInsertion),
        first.layers,
        mean(all, CheckFigures::similarity));
  }

  private static double[] mean(List<CheckFigures> all, Function<CheckFigures, double[]> of) {
    return IntStream.range(0, of.apply(all.get(0)).length)
        .mapToDouble(
            i ->
                all.stream()
                    .mapToDouble(f -> of.apply(f)[i])
                    .filter(v -> !Double.isNaN(v))
                    .average()
                    .orElse(Double.NaN))
        .toArray();
  }

  private static double[] meanOf(List<Curve> curves) {
    return IntStream.range(0, curves.get(0).shares().size())
        .mapToDouble(
            i -> curves.stream().mapToDouble(c -> c.probabilities().get(i)).average().orElse(0))
        .toArray();
  }

  private static double[] array(List<Double> values, double factor) {
    return values.stream().mapToDouble(v -> factor * v).toArray();
  }

  private double area(double[] curve) {
    return new Curve(list(shares).stream().map(s -> s / PERCENT).toList(), list(curve)).area();
  }

  private OptionalDouble last() {
    double v = similarity[similarity.length - 1];
    return Double.isNaN(v) ? OptionalDouble.empty() : OptionalDouble.of(v);
  }

  /** The areas under the curves in a line. */
  String text() {
    return Decimals.format(
            "deletion %.3f (random maps %.3f), insertion %.3f (random maps %.3f)",
            area(deletion), area(randomDeletion), area(insertion), area(randomInsertion))
        + last().stream()
            .mapToObj(v -> Decimals.format(", rank correlation with all layers random %.3f", v))
            .findFirst()
            .orElse("");
  }

  void put(Json json) {
    json.put("deletion", area(deletion))
        .put("random_deletion", area(randomDeletion))
        .put("insertion", area(insertion))
        .put("random_insertion", area(randomInsertion))
        .put("random_layers", list(layers))
        .put("rank_correlation", list(similarity));
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** Three charts: deletion, insertion and randomization, one curve per method. */
  static List<Chart> charts(List<CheckFigures> methods) {
    if (methods.isEmpty()) {
      return List.of();
    }
    return List.of(
        chart("Deletion: lower is better", methods, f -> f.deletion, f -> f.randomDeletion),
        chart("Insertion: higher is better", methods, f -> f.insertion, f -> f.randomInsertion),
        new Chart(
            "Randomization: should fall",
            "layers with random weights, from the last (%)",
            "rank correlation of the maps",
            methods.stream().map(f -> line(f.method, f.layers, f.similarity)).toList()));
  }

  private static Chart chart(
      String title,
      List<CheckFigures> methods,
      Function<CheckFigures, double[]> own,
      Function<CheckFigures, double[]> random) {
    List<Line> lines = new ArrayList<>();
    methods.forEach(f -> lines.add(line(f.method, f.shares, own.apply(f))));
    // Random maps have the grain of the method's own: those of several methods are no one line.
    if (methods.size() == 1) {
      lines.add(line("random maps", methods.get(0).shares, random.apply(methods.get(0))));
    }
    return new Chart(title, "pixels changed (%)", "probability", lines);
  }

  private static Line line(String name, double[] x, double[] y) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      points.add(new Point(x[i], y[i]));
    }
    return new Line(name, points);
  }

  /** The areas as a table. */
  static List<Grid> tables(List<CheckFigures> methods) {
    if (methods.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Grid(
            "Checks",
            "Areas under the curves of the probability, while the pixels with the largest values"
                + " are deleted first, or inserted first into a blurred image; and how much the map"
                + " resembles that of the network with random weights in all layers.",
            List.of(
                "method",
                "deletion",
                "random maps",
                "insertion",
                "random maps",
                "rank correlation"),
            methods.stream()
                .map(
                    f ->
                        List.of(
                            f.method,
                            area(f, f.deletion),
                            area(f, f.randomDeletion),
                            area(f, f.insertion),
                            area(f, f.randomInsertion),
                            f.last().isPresent()
                                ? Decimals.format("%.3f", f.last().getAsDouble())
                                : "–"))
                .toList()));
  }

  private static String area(CheckFigures f, double[] curve) {
    return Decimals.format("%.3f", f.area(curve));
  }
}
