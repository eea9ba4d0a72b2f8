package dev.fovea.study.claims;

import dev.fovea.optim.Sgd;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The ablation from Inception-v2 to Inception-v3, one change at a time. */
final class AblationStudy implements Study {
  /** The paper's rows: name and top-1 error in percent (Table 3). */
  private record Row(String name, double error) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("Inception-v2", 23.4),
          new Row("+ RMSProp", 23.1),
          new Row("+ label smoothing", 22.8),
          new Row("+ factorised 7x7", 21.6),
          new Row("+ BN auxiliary", 21.2));

  private static final List<String> NAMES = ROWS.stream().map(Row::name).toList();

  @Override
  public String name() {
    return "inception-ablation";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "From Inception-v2 to v3",
        "RMSProp, label smoothing, a factorized first 7x7 and batch normalization in the"
            + " auxiliary classifier's fully connected layer each lower the error, and the gains"
            + " add up.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 9 with Table 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    List<String> text = new ArrayList<>();
    text.add(
        scale == Scale.FULL
            ? "Inception-v2 for 299x299 images, trained as in section 8. The paper does not give"
                + " its layer widths."
            : "A small Inception-v3 for 32x32 images at an eighth of the width. Optimizer, learning"
                + " rate (0.045, times 0.94 after every fiftieth of the run), batch size 32,"
                + " gradient clipping and averaged weights are those of section 8, but a run takes"
                + " minutes instead of the paper's 100 epochs of ImageNet.");
    text.add(
        "Each row keeps the changes of the rows before it. The first row uses SGD with momentum 0.9"
            + " at the same learning rate, since the paper gives no other. RMSProp is TensorFlow's"
            + " with epsilon 1: once gradients are much smaller than 1, its denominator is close to"
            + " 1, and it is nearly the same optimizer.");
    text.add(
        "The factorized 7x7 row replaces the first 7x7 convolution with three 3x3; the 1x7 and 7x1"
            + " convolutions inside the modules are present in all rows. The auxiliary classifier"
            + " row normalizes its fully connected layer as well as its convolution.");
    text.add(
        "The paper's gains are 0.3 to 1.2 points per row, measured with 1.28 million images. A"
            + " short run on small images cannot distinguish gains of this size from chance; it may"
            + " detect their sum.");
    return text;
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "all-together",
            1,
            "points",
            "the last row is more accurate than the first",
            "23.4 % to 21.2 % error: 2.2 points"),
        Criterion.atLeast(
            "each-helps",
            3,
            "of 4 steps",
            "a row is more accurate than the row before",
            "all 4: 0.3, 0.3, 1.2 and 0.4 points"),
        Criterion.atLeast(
            "factorised",
            0.5,
            "points",
            "three 3x3 in place of the first 7x7, the paper's largest gain, raise the accuracy",
            "22.8 % to 21.6 % error: 1.2 points"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return IntStream.range(0, ROWS.size())
        .mapToObj(i -> Arm.of(NAMES.get(i), config(scale, i)))
        .toList();
  }

  /** Returns the configuration with changes 1 to {@code row} applied. */
  private static RunConfig config(Scale scale, int row) {
    String stem = row >= 3 ? "stem=3x3" : "stem=7x7";
    RunConfig config =
        scale == Scale.FULL
            ? StudyConfigs.inception(
                    "inception_v2(" + stem + ",aux=" + (row >= 4 ? "true" : "conv") + ")")
                .withAugment("imagenet")
            : StudyConfigs.inception(
                "inception_v3_small(" + stem + ",aux=" + (row >= 4 ? "bn" : "conv") + ")");
    config = row >= 2 ? config.withSmoothing(0.1) : config;
    return row >= 1 ? config : config.with(new Sgd(0.9, 0, false));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double[] accuracy = NAMES.stream().mapToDouble(data::accuracy).toArray();
    long better =
        IntStream.range(1, ROWS.size())
            .filter(i -> data.gain(NAMES.get(i), NAMES.get(i - 1)) > 0)
            .count();
    return new Conclusion(
        Map.of(
            "all-together",
            data.gain(NAMES.get(ROWS.size() - 1), NAMES.get(0)),
            "each-helps",
            (double) better,
            "factorised",
            data.gain(NAMES.get(3), NAMES.get(2))),
        List.of(
            Plot.bars(
                "Error row by row",
                "top-1 error (%)",
                NAMES,
                List.of(
                    bars("measured", i -> 100 - accuracy[i]),
                    bars("the paper, on ImageNet", i -> ROWS.get(i).error()))),
            data.accuracies(NAMES)),
        List.of(table(accuracy), data.table("All runs", NAMES)),
        List.of(data.seedNote(NAMES), data.learnedNote()));
  }

  private static double step(double[] accuracy, int row) {
    return accuracy[row] - accuracy[row - 1];
  }

  private static Series bars(String name, IntToDoubleFunction height) {
    return new Series(
        name,
        IntStream.range(0, ROWS.size())
            .mapToObj(i -> new Series.Point(i, height.applyAsDouble(i)))
            .toList());
  }

  private static Grid table(double[] accuracy) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < ROWS.size(); i++) {
      rows.add(
          List.of(
              NAMES.get(i),
              StudyData.percent(100 - accuracy[i]),
              i == 0 ? "" : points(-step(accuracy, i)),
              StudyData.percent(ROWS.get(i).error()),
              i == 0 ? "" : points(ROWS.get(i).error() - ROWS.get(i - 1).error())));
    }
    return new Grid(
        "Table 3",
        List.of("row", "error", "change (points)", "the paper's error", "the paper's change"),
        rows);
  }

  private static String points(double change) {
    return Decimals.format("%+.2f", change);
  }
}
