package dev.fovea.study.claims;

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
import java.util.stream.Stream;

/** The four design principles of Inception-v3, each with networks of equal cost that break it. */
final class PrinciplesStudy implements Study {
  private static final String GENTLE = "gentle";
  private static final String EARLY = "early bottleneck";
  private static final String LATE = "late bottleneck";
  private static final String FEW_LARGE = "few 5x5 filters";
  private static final String MANY_SMALL = "many 3x3 filters";
  private static final String REDUCED = "reduced before 3x3";
  private static final String NARROW = "narrow";
  private static final String WIDER = "only wider";
  private static final String DEEPER = "only deeper";

  /** A network beside the one whose cost it has, or of whose cost it takes a part. */
  private record Variant(String name, String principle, String besides, StagedNetwork network) {}

  // Widths are the whole numbers that bring the costs closest to each other.
  private static final List<Variant> VARIANTS =
      List.of(
          new Variant(GENTLE, "1, 3, 4", GENTLE, StagedNetwork.of(2, 16, 32, 64)),
          new Variant(EARLY, "1", GENTLE, StagedNetwork.of(2, 17, 36, 70).squeezed(0, 2)),
          new Variant(LATE, "1", GENTLE, StagedNetwork.of(2, 17, 36, 72).squeezed(2, 8)),
          new Variant(FEW_LARGE, "2", FEW_LARGE, StagedNetwork.of(2, 12, 24, 48).windows(5)),
          new Variant(MANY_SMALL, "2", FEW_LARGE, StagedNetwork.of(2, 20, 40, 80)),
          new Variant(REDUCED, "3", REDUCED, StagedNetwork.of(2, 16, 32, 64).reducing(2)),
          new Variant(NARROW, "3", REDUCED, StagedNetwork.of(2, 12, 24, 48)),
          new Variant(WIDER, "4", GENTLE, StagedNetwork.of(1, 25, 50, 100)),
          new Variant(DEEPER, "4", GENTLE, StagedNetwork.of(7, 8, 16, 32)));

  private static final List<String> ALL = VARIANTS.stream().map(Variant::name).toList();
  private static final List<String> PACE = List.of(FEW_LARGE, MANY_SMALL);

  @Override
  public String name() {
    return "principles";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Four design principles",
        "Representations should shrink gently, above all early; more activations per tile train"
            + " faster; channels can be reduced before spatial aggregation with little loss; and"
            + " computation is best spent on width and depth in balance.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 2");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "Plain networks for 32x32 images: a 3x3 convolution, three stages on grids of 32, 16 and 8"
            + " cells, global average pooling, a classifier; batch norm and ReLU after every"
            + " convolution. The paper states the principles without an experiment of its own.",
        "Networks that are compared have equal multiply-adds within 3 %, by whole numbers of"
            + " channels; the table shows them. Only the network that reduces channels before each"
            + " 3x3 is also compared with the one it is made from, at 58 % of its cost.",
        "Principle 1: a 1x1 convolution squeezes the representation to an eighth of its channels"
            + " in the middle of the first stage, or in the middle of the last. The early one still"
            + " holds four times as many values as the late one. What it saves is spent on width.",
        "Principle 2: filters of 5x5, or of 3x3 and 5/3 times as many, so that each cell has 5/3"
            + " times as many activations. Both are trained at a constant rate, because under a"
            + " falling one the accuracy jumps at its end whatever the network. Accuracy is"
            + " measured 40 times per run on "
            + Progress.IMAGES
            + " validation images.",
        "Principle 3: every convolution of the stages is preceded by a 1x1 that halves the"
            + " channels of its input, or the whole network is narrowed to the same cost.",
        "Principle 4: from one convolution per stage and half the width, the computation is"
            + " multiplied by about six: by width alone, by depth alone, or by doubling both.",
        scale == Scale.FULL
            ? "Four times the channels, 16 times the cost, and the paper's training for 100 epochs;"
                + " for principle 2, SGD at a constant rate."
            : "About 12 million multiply-adds (principle 2: 19, principle 3: 7); batches of 32 and"
                + " a one-cycle schedule.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "early-bottleneck",
            1,
            "points",
            "the network that shrinks gently is more accurate than one with an early bottleneck",
            "avoid representational bottlenecks; no number"),
        Criterion.atLeast(
            "early-is-worse",
            0.5,
            "points",
            "a bottleneck of the same ratio costs less when it comes late",
            "especially early in the network; no number"),
        Criterion.atMost(
            "faster-training",
            0.8,
            "times the steps",
            "many 3x3 filters reach the accuracy that few 5x5 filters end with sooner than they do",
            "more activations per tile: the networks train faster; no number"),
        Criterion.atLeast(
            "reduction",
            -1,
            "points",
            "halving the channels before each 3x3 costs little accuracy",
            "without much or any loss; no number"),
        Criterion.atLeast(
            "reduction-or-narrowing",
            0,
            "points",
            "it is at least as accurate as a narrower network of the same cost",
            "not given"),
        Criterion.atLeast(
            "balance-or-width",
            0,
            "points",
            "twice the width and depth are at least as accurate as width alone",
            "the optimum is reached if both grow in parallel; no number"),
        Criterion.atLeast(
            "balance-or-depth",
            0,
            "points",
            "twice the width and depth are at least as accurate as depth alone",
            "the optimum is reached if both grow in parallel; no number"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  // The cost of 40 accuracy measurements in two of the nine runs.
  @Override
  public double ownShare() {
    return 0.05;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return VARIANTS.stream().map(v -> arm(scale, v)).toList();
  }

  private static Arm arm(Scale scale, Variant v) {
    String model = network(scale, v).spec();
    if (PACE.contains(v.name())) {
      RunConfig constant =
          StudyConfigs.constant(model, 0.02)
              .withBatch(32)
              .with(TrainingLength.epochs(100))
              .withAugment("flip");
      return Arm.of(v.name(), constant).watchedBy(Progress::new);
    }
    return Arm.of(
        v.name(),
        scale == Scale.FULL
            ? StudyConfigs.inception(model)
            : StudyConfigs.oneCycle(model, 0.05).withBatch(32));
  }

  private static StagedNetwork network(Scale scale, Variant v) {
    return scale == Scale.FULL ? v.network().times(4) : v.network();
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("early-bottleneck", data.gain(GENTLE, EARLY));
    measured.put("early-is-worse", data.gain(LATE, EARLY));
    measured.put("faster-training", Progress.stepsFraction(data, MANY_SMALL, FEW_LARGE));
    measured.put("reduction", data.gain(REDUCED, GENTLE));
    measured.put("reduction-or-narrowing", data.gain(REDUCED, NARROW));
    measured.put("balance-or-width", data.gain(GENTLE, WIDER));
    measured.put("balance-or-depth", data.gain(GENTLE, DEEPER));
    return new Conclusion(
        measured,
        List.of(
            accuracies(data),
            Plot.curves(
                "Principle 2: accuracy at a constant rate",
                "step",
                "top-1 (%)",
                PACE.stream().map(a -> new Series(a, Progress.of(data.medianRun(a)))).toList()),
            Plot.curves(
                "Principle 1: size of the representation",
                "convolutions from the input",
                "values per image (thousands)",
                Stream.of(GENTLE, EARLY, LATE).map(PrinciplesStudy::representation).toList())),
        List.of(costs(data), data.table("All runs", ALL)),
        List.of(data.seedNote(ALL), data.learnedNote()));
  }

  private static Plot accuracies(StudyData data) {
    return Plot.bars(
        "Accuracy of every network, by principle",
        "top-1 on new images (%)",
        VARIANTS.stream().map(v -> v.principle() + ": " + v.name()).toList(),
        List.of(
            new Series(
                "mean of the seeds",
                IntStream.range(0, ALL.size())
                    .mapToObj(i -> new Series.Point(i, data.accuracy(ALL.get(i))))
                    .toList())));
  }

  private static Series representation(String name) {
    return new Series(
        name,
        variant(name).network().representations().stream()
            .map(p -> new Series.Point(p.x(), p.y() / 1e3))
            .toList());
  }

  private static Variant variant(String name) {
    return VARIANTS.get(ALL.indexOf(name));
  }

  private static Grid costs(StudyData data) {
    Scale scale = data.setting().scale();
    List<List<String>> rows = new ArrayList<>();
    for (Variant v : VARIANTS) {
      rows.add(
          List.of(
              v.principle(),
              v.name(),
              widths(network(scale, v)),
              Integer.toString(v.network().depth()),
              Decimals.format("%.2f", network(scale, v).cost().multiplyAdds() / 1e6),
              Decimals.format("%.3f times '%s'", relativeCost(scale, v), v.besides()),
              Decimals.format("%,d", network(scale, v).cost().parameters()),
              StudyData.percent(data.accuracy(v.name()))));
    }
    return new Grid(
        "Networks of equal cost",
        List.of(
            "principle",
            "network",
            "channels",
            "convolutions per stage",
            "multiply-adds (M)",
            "cost",
            "parameters",
            "accuracy"),
        rows);
  }

  private static String widths(StagedNetwork n) {
    return String.join("-", n.widths().stream().map(String::valueOf).toList());
  }

  private static double relativeCost(Scale scale, Variant v) {
    return (double) network(scale, v).cost().multiplyAdds()
        / network(scale, variant(v.besides())).cost().multiplyAdds();
  }

  /** Returns the multiply-adds of every network relative to the one that it is compared with. */
  static Map<String, Double> relativeCosts(Scale scale) {
    Map<String, Double> costs = new LinkedHashMap<>();
    VARIANTS.forEach(v -> costs.put(v.name(), relativeCost(scale, v)));
    return costs;
  }
}
