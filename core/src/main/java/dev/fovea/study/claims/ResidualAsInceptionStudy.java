package dev.fovea.study.claims;

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
import dev.fovea.study.TrainedRun;
import dev.fovea.study.claims.InceptionForm.Equality;
import dev.fovea.study.claims.InceptionForm.Movement;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A residual network as a network of Inception modules, and what training makes of it. */
final class ResidualAsInceptionStudy implements Study {
  private static final String NETWORK = "resnet20";
  private static final String TRAINED = NETWORK;
  private static final String ON = NETWORK + ", trained on";
  private static final String FREED = "Inception modules, trained on";

  /** The rate of training on, as a fraction of the first. */
  private static final double RATE = 0.5;

  @Override
  public String name() {
    return "residual-as-inception";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "A residual block as an Inception module",
        "A residual block is a special case of an Inception module: shortcut and branch,"
            + " concatenated and projected by fixed weights, compute the same. Training makes use"
            + " of projections that are free, and loses nothing by them.",
        "The note's remark on He et al. 2015, arXiv 1512.03385; modules of Szegedy et al. 2014,"
            + " arXiv 1409.4842");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "ResNet-20 is trained and rewritten: each addition becomes a concatenation of branch and"
            + " shortcut and a 1x1 convolution to the same channels, whose weights are two identity"
            + " matrices side by side. Both networks compute the same validation images in"
            + " float64.",
        "Then both are trained on from these weights for as long as before, with the same recipe at"
            + " half the rate, the projections free.",
        scale == Scale.FULL
            ? "The paper's recipe, 64,000 steps before and 64,000 after the rewriting."
            : StudyConfigs.REDUCED,
        "The distance from the identities is the root of the summed squares of all changes, as a"
            + " fraction of the identities' own norm, over all projections.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "same-function",
            1e-6,
            "times the largest logit",
            "the rewritten network's logits differ by no more than rounding",
            "0, by algebra"),
        Criterion.atLeast(
            "projections-move",
            0.1,
            "times their norm",
            "training on takes the freed projections away from the identities",
            "no figure: the note calls the residual block a special case"),
        Criterion.atLeast(
            "general-as-accurate",
            -0.5,
            "points",
            "trained on, the Inception modules are as accurate as the residual blocks",
            "no figure"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    RunConfig first = StudyConfigs.reduced(StudyConfigs.cifar(NETWORK, scale), scale);
    RunConfig more = first.withRate(RATE * first.learning().rate().base());
    return List.of(
        Arm.of(TRAINED, first).watchedBy(Equality::of),
        Arm.of(ON, more).startingFrom(TRAINED, Arm.Conversion.NONE),
        Arm.of(FREED, more.withModel(InceptionForm.spec(NETWORK)))
            .startingFrom(TRAINED, InceptionForm::rewrite)
            .watchedBy((trainer, backend) -> new Movement(trainer, NETWORK)));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<String> names = List.of(TRAINED, ON, FREED);
    return new Conclusion(
        Map.of(
            "same-function", largestDifference(data),
            "projections-move", data.mean(FREED, r -> moved(r, Movement.ALL)),
            "general-as-accurate", data.gain(FREED, ON)),
        List.of(
            Plot.curves(
                "Movement of the freed projections",
                "step",
                "distance from the identities",
                data.medianRun(FREED).observed()),
            Plot.curves(
                "Training on",
                "step",
                "error (%)",
                List.of(ON, FREED).stream()
                    .flatMap(
                        a ->
                            List.of(
                                data.curve(a, a + ", training", e -> 100 - 100 * e.train().top1()),
                                data.curve(
                                    a, a + ", new images", e -> 100 - 100 * e.evaluated().top1()))
                                .stream())
                    .toList())),
        List.of(distances(data), data.table("All runs", names)),
        List.of(data.seedNote(names), data.learnedNote()));
  }

  /** Returns the largest difference over the seeds; NaN if no network was finished. */
  private static double largestDifference(StudyData data) {
    return data.runs(TRAINED).stream()
        .flatMap(r -> r.observed().stream())
        .flatMap(s -> s.points().stream())
        .mapToDouble(Series.Point::y)
        .max()
        .orElse(Double.NaN);
  }

  /** Returns a distance at the end of a run; NaN if the run diverged. */
  private static double moved(TrainedRun run, int kind) {
    if (run.diverged() || run.observed().isEmpty()) {
      return Double.NaN;
    }
    List<Series.Point> points = run.observed().get(kind).points();
    return points.get(points.size() - 1).y();
  }

  private static Grid distances(StudyData data) {
    List<List<String>> rows = new ArrayList<>();
    for (TrainedRun run : data.runs(FREED)) {
      rows.add(
          List.of(
              Long.toString(run.seed()),
              fraction(moved(run, Movement.ALL)),
              fraction(moved(run, Movement.BRANCH)),
              fraction(moved(run, Movement.SHORTCUT)),
              fraction(moved(run, Movement.ACROSS))));
    }
    return new Grid(
        "Distance of the freed projections from the identities, as a fraction of their norm",
        List.of("seed", "all weights", "own branch", "own shortcut", "other channels"),
        rows);
  }

  private static String fraction(double value) {
    return Double.isNaN(value) ? "none" : Decimals.format("%.3f", value);
  }
}
