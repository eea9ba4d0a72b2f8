package dev.fovea.study.claims;

import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How far the inputs of hidden units drift, layer by layer, in networks of several depths. */
final class ShiftByDepthStudy implements Study {
  private static final List<Integer> DEPTHS = List.of(4, 8, 16);
  private static final int SHALLOWEST = DEPTHS.get(0);
  private static final int DEEPEST = DEPTHS.get(DEPTHS.size() - 1);

  /** The learning rate at which all of them learn. */
  private static final double RATE = 0.03;

  @Override
  public String name() {
    return "bn-depth";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "The shift accumulates",
        "Small changes of the parameters amplify as a network becomes deeper: without batch norm"
            + " the distributions of a layer's inputs move the farther the deeper the layer and the"
            + " network; with it they do not.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 1, and the note on it");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "Perceptrons of 4, 8 and 16 hidden layers of 100 units, each with and without batch norm;"
            + " SGD at "
            + RATE
            + " without momentum, batches of 60, 50,000 steps"
            + (scale == Scale.FULL ? "." : " at most, as the time allows."),
        "The units are ReLUs with initial weights by He et al., in place of the paper's sigmoids,"
            + " whose gradients vanish in a deep network without batch norm: what has learned"
            + " nothing cannot be compared.",
        "The input of a unit is what its ReLU is given, over "
            + InputDrift.IMAGES
            + " validation images, 40 times per run. Its drift is the range of its median after the"
            + " first tenth of the run, in units of the distance from the 15th to the 85th"
            + " percentile; the drift of a layer is the mean over its units, as in bn-shift. Plots"
            + " show unit 0, tables and curves the mean over the seeds.",
        "With batch norm, the inputs are those of inference, with running averages, which lag"
            + " behind the weights by about ten steps; the lag counts as drift.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "grows-along-layers",
            1.5,
            "times",
            "without batch norm, the last third of the layers of the deepest network drifts farther"
                + " than the first third",
            "the note gives no number"),
        Criterion.atLeast(
            "grows-with-depth",
            1.25,
            "times",
            "without batch norm, the last hidden layer drifts farther in the deepest network than"
                + " in the shallowest",
            "the note gives no number"),
        Criterion.atMost(
            "norm-stops-growth",
            0.75,
            "times the growth",
            "with batch norm, drift grows less along the layers of the deepest network",
            "the note gives no number"),
        Criterion.atLeast(
            "norm-steadies",
            1.5,
            "times",
            "in the deepest network the last third of the layers drifts farther without batch norm"
                + " than with it",
            "Figure 1 (b, c) for three layers: curves, no number"));
  }

  @Override
  public int seeds(Scale scale) {
    return 3;
  }

  // The cost of 40 looks at 500 images per run.
  @Override
  public double ownShare() {
    return 0.1;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (boolean norm : new boolean[] {false, true}) {
      DEPTHS.forEach(layers -> arms.add(arm(layers, norm)));
    }
    return arms;
  }

  private static String named(int layers, boolean norm) {
    return (norm ? "BN, " : "plain, ") + layers + " layers";
  }

  private static Arm arm(int layers, boolean norm) {
    RunConfig config =
        StudyConfigs.constant(StudyConfigs.perceptron(layers, norm, 1), RATE)
            .with(new Sgd(0, 0, false))
            .withBatch(60)
            .with(TrainingLength.steps(50_000));
    List<String> inputs =
        IntStream.rangeClosed(1, layers).mapToObj(i -> (norm ? "bn" : "fc") + i).toList();
    return Arm.of(named(layers, norm), config)
        .watchedBy((trainer, backend) -> new InputDrift(trainer, backend, inputs));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<Double> plain = drifts(data, named(DEEPEST, false));
    List<Double> norm = drifts(data, named(DEEPEST, true));
    List<Double> shallow = drifts(data, named(SHALLOWEST, false));
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("grows-along-layers", growth(plain));
    measured.put("grows-with-depth", last(plain, 1) / last(shallow, 1));
    measured.put("norm-stops-growth", growth(norm) / growth(plain));
    measured.put("norm-steadies", last(plain, third(plain)) / last(norm, third(norm)));
    if (!data.hasLearned(named(DEEPEST, false)) || !data.hasLearned(named(SHALLOWEST, false))) {
      measured.replaceAll((name, value) -> Double.NaN);
    }
    List<String> all = data.arms();
    List<Plot> plots = new ArrayList<>();
    plots.add(
        Plot.curves(
            "Drift of the inputs, layer by layer",
            "hidden layer",
            "range of the median / width",
            all.stream().map(a -> new Series(a, points(drifts(data, a)))).toList()));
    for (boolean with : new boolean[] {false, true}) {
      plots.add(percentiles(data, with, 1));
      plots.add(percentiles(data, with, DEEPEST));
    }
    return new Conclusion(
        measured,
        plots,
        List.of(table(data, all), data.table("All runs", all)),
        List.of(
            data.seedNote(all),
            "No criterion has a value unless the deepest and the shallowest network without batch"
                + " norm have both learned. "
                + data.learnedNote()));
  }

  private static Plot percentiles(StudyData data, boolean norm, int layer) {
    String arm = named(DEEPEST, norm);
    return Plot.curves(
        "Input of a unit of layer " + layer + ", " + arm,
        "step",
        "input to the ReLU",
        InputDrift.percentiles(data.medianRun(arm), layer - 1));
  }

  /** Returns the mean drift of each layer over the seeds; empty if a run has none. */
  private static List<Double> drifts(StudyData data, String arm) {
    List<List<Double>> each = data.runs(arm).stream().map(InputDrift::drifts).toList();
    int layers = each.stream().mapToInt(List::size).min().orElse(0);
    return IntStream.range(0, layers)
        .mapToObj(l -> each.stream().mapToDouble(d -> d.get(l)).average().orElse(Double.NaN))
        .toList();
  }

  private static int third(List<Double> layers) {
    return layers.size() / 3;
  }

  private static double first(List<Double> layers, int count) {
    return layers.stream()
        .limit(count)
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  private static double last(List<Double> layers, int count) {
    return first(layers.subList(Math.max(0, layers.size() - count), layers.size()), count);
  }

  private static double growth(List<Double> layers) {
    return last(layers, third(layers)) / first(layers, third(layers));
  }

  private static List<Series.Point> points(List<Double> layers) {
    return IntStream.range(0, layers.size())
        .mapToObj(i -> new Series.Point(i + 1, layers.get(i)))
        .toList();
  }

  private static Grid table(StudyData data, List<String> arms) {
    return new Grid(
        "Drift of the inputs",
        List.of("network", "first layer", "last layer", "last third", "last third of each seed"),
        arms.stream()
            .map(
                a -> {
                  List<Double> all = drifts(data, a);
                  return List.of(
                      a,
                      number(first(all, 1)),
                      number(last(all, 1)),
                      number(last(all, Math.max(1, third(all)))),
                      String.join(
                          ", ",
                          data.runs(a).stream()
                              .map(InputDrift::drifts)
                              .map(d -> number(last(d, Math.max(1, third(d)))))
                              .toList()));
                })
            .toList());
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "none" : Decimals.format("%.3f", value);
  }
}
