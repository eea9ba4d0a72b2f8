package dev.fovea.study.claims;

import dev.fovea.graph.Cost;
import dev.fovea.models.Models;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Three ways to halve a grid: pool first, convolve first, or both in parallel. */
final class GridReductionStudy implements Study {
  private static final String POOL = "pool first";
  private static final String CONV = "convolution first";
  private static final String PARALLEL = "parallel";
  private static final List<String> ALL = List.of(POOL, CONV, PARALLEL);

  @Override
  public String name() {
    return "grid-reduction";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Grid reduction",
        "Pooling before adding channels creates a representational bottleneck, and convolving"
            + " before pooling costs several times as much; strided convolutions and a pool in"
            + " parallel avoid both.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 5 with Figures 9 and 10");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "A small Inception-v3 for 32x32 images whose two reductions, 32 to 16 and 16 to 8 cells,"
            + " are built in one of the three ways; everything else, including all channel counts,"
            + " is the same. Where there is no pool in parallel with the convolutions, a 1x1"
            + " convolution with as many channels replaces it.",
        scale == Scale.FULL
            ? "Half the released network's width and the paper's training: RMSProp, 100 epochs. The"
                + " paper reports no run of its own for this comparison."
            : "An eighth of the released network's width; a one-cycle learning rate schedule. The"
                + " paper reports no run of its own for this comparison.",
        "Speed is the throughput of the actual training runs, including loading and updates;"
            + " multiply-adds are also given for the two reductions alone.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "cheaper",
            1.25,
            "times the images/s",
            "the network with parallel reductions trains faster than with convolutions first",
            "convolution first is 3 times as expensive (Figure 9, the reduction alone)"),
        Criterion.atLeast(
            "no-bottleneck",
            0.5,
            "points",
            "it is more accurate than with the pool first",
            "pooling first is a bottleneck to be avoided (Figure 9); no number"),
        Criterion.atLeast(
            "as-accurate",
            -0.5,
            "points",
            "it is as accurate as with convolutions first",
            "stated to avoid the bottleneck as well; no number"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return List.of(
        arm(scale, POOL, "pool-first"),
        arm(scale, CONV, "conv-first"),
        arm(scale, PARALLEL, "parallel"));
  }

  private static Arm arm(Scale scale, String name, String reduction) {
    return Arm.of(name, StudyConfigs.smallInception(scale, "reduction=" + reduction));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double speed = data.speed(PARALLEL);
    return new Conclusion(
        Map.of(
            "cheaper", speed / data.speed(CONV),
            "no-bottleneck", data.gain(PARALLEL, POOL),
            "as-accurate", data.gain(PARALLEL, CONV)),
        List.of(
            Plot.dots(
                "Cost and accuracy",
                "multiply-adds of an image (millions)",
                "top-1 on new images (%)",
                ALL.stream()
                    .map(a -> data.dots(a, network(data, a).multiplyAdds() / 1e6))
                    .toList()),
            data.accuracies(ALL)),
        List.of(costs(data), data.table("All runs", ALL)),
        List.of(data.seedNote(ALL), data.learnedNote()));
  }

  private static Grid costs(StudyData data) {
    return new Grid(
        "Cost",
        List.of(
            "reduction",
            "multiply-adds (M)",
            "of the two reductions (M)",
            "parameters",
            "images/s in training"),
        ALL.stream().map(a -> row(data, a)).toList());
  }

  private static List<String> row(StudyData data, String arm) {
    Cost all = network(data, arm);
    return List.of(
        arm,
        String.format(Locale.ROOT, "%.1f", all.multiplyAdds() / 1e6),
        String.format(Locale.ROOT, "%.1f", reductions(data, arm) / 1e6),
        String.format(Locale.ROOT, "%,d", all.parameters()),
        String.format(Locale.ROOT, "%,.0f", data.speed(arm)));
  }

  private static Cost network(StudyData data, String arm) {
    return Cost.of(Models.graph(data.config(arm).network().model()));
  }

  private static long reductions(StudyData data, String arm) {
    return Models.graph(data.config(arm).network().model()).nodes().stream()
        .filter(n -> n.name().startsWith("Mixed_6a.") || n.name().startsWith("Mixed_7a."))
        .mapToLong(n -> Cost.of(n).multiplyAdds())
        .sum();
  }
}
