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
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** What identity shortcuts gain at each depth, from 8 layers on. */
final class ShallowStudy implements Study {
  private static final List<Integer> DEPTHS = List.of(8, 14, 20, 32, 56);
  private static final List<Integer> SHALLOW = DEPTHS.subList(0, 2);
  private static final int DEEPEST = 56;

  /** The depth at which the start of training is compared: the paper's shallowest here. */
  private static final int STARTING = 20;

  /** The part of a run that counts as its start. */
  private static final double START = 0.3;

  @Override
  public String name() {
    return "shallow";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Residual learning in shallow networks",
        "Residual learning may not suit shallow networks: identity shortcuts gain little or nothing"
            + " there, and the more the deeper the network is. Networks that are not overly deep"
            + " still learn faster at the start with them.",
        "The note's conjecture on He et al. 2015, arXiv 1512.03385; section 4.1 with Figure 4 for"
            + " the start");
  }

  @Override
  public List<String> setup(Scale scale) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Plain and residual networks of 8, 14, 20, 32 and 56 layers: 1, 2, 3, 5 and 9 blocks in"
            + " each stage. The paper's shallowest pair has 20 layers on CIFAR-10 and 18 on"
            + " ImageNet.");
    notes.add(
        scale == Scale.FULL
            ? "The paper's recipe and 64,000 steps for all."
            : StudyConfigs.REDUCED);
    notes.add(
        "The start is the first three tenths of a run; the mean accuracy on new images over its"
            + " epochs is compared.");
    return notes;
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "shallow-gain",
            0.5,
            "points",
            "with 8 and with 14 layers, shortcuts gain on average no more accuracy than this",
            "ImageNet, 18 layers: 27.94 % to 27.88 % error, 0.06 points; the note gives no figure"),
        Criterion.atLeast(
            "gain-grows",
            2,
            "points",
            "shortcuts gain more accuracy with 56 layers than with 8 and 14",
            "ImageNet, from 18 to 34 layers: from 0.06 to 3.51 points"),
        Criterion.atLeast(
            "faster-start",
            1,
            "points",
            "at the start, the residual network of 20 layers is more accurate than the plain one",
            "Figure 4, 18 layers: curves, no number"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (int depth : DEPTHS) {
      arms.add(arm(plain(depth), scale));
      arms.add(arm(residual(depth), scale));
    }
    return arms;
  }

  private static Arm arm(String network, Scale scale) {
    return Arm.of(network, StudyConfigs.reduced(StudyConfigs.cifar(network, scale), scale));
  }

  private static String plain(int depth) {
    return "plain" + depth;
  }

  private static String residual(int depth) {
    return "resnet" + depth;
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double shallow = SHALLOW.stream().mapToDouble(d -> gain(data, d)).average().orElseThrow();
    List<String> names =
        DEPTHS.stream().flatMap(d -> List.of(plain(d), residual(d)).stream()).toList();
    return new Conclusion(
        Map.of(
            "shallow-gain", shallow,
            "gain-grows", gain(data, DEEPEST) - shallow,
            "faster-start", start(data, residual(STARTING)) - start(data, plain(STARTING))),
        List.of(
            Plot.curves(
                "Error by depth",
                "layers",
                "error (%)",
                List.of(
                    byDepth("plain, new images", d -> 100 - data.accuracy(plain(d))),
                    byDepth("residual, new images", d -> 100 - data.accuracy(residual(d))),
                    byDepth("plain, training", d -> 100 - training(data, plain(d))),
                    byDepth("residual, training", d -> 100 - training(data, residual(d))))),
            data.errors("Plain networks, new images", DEPTHS.stream().map(d -> plain(d)).toList()),
            data.errors(
                "Residual networks, new images", DEPTHS.stream().map(d -> residual(d)).toList())),
        List.of(gains(data), data.table("All runs", names)),
        List.of(data.seedNote(names), data.learnedNote()));
  }

  private static double gain(StudyData data, int depth) {
    return data.gain(residual(depth), plain(depth));
  }

  private static double training(StudyData data, String network) {
    return data.mean(network, TrainedRun::trainingAccuracy);
  }

  private static double start(StudyData data, String network) {
    return data.mean(network, ShallowStudy::start);
  }

  /** Returns the mean accuracy in percent over the first epochs; 0 if there are none. */
  private static double start(TrainedRun run) {
    return run.epochs().stream()
        .limit(Math.max(1, Math.round(START * run.epochs().size())))
        .mapToDouble(e -> 100 * e.evaluated().top1())
        .average()
        .orElse(0);
  }

  private static Series byDepth(String name, IntToDoubleFunction y) {
    return new Series(
        name, DEPTHS.stream().map(d -> new Series.Point(d, y.applyAsDouble(d))).toList());
  }

  private static Grid gains(StudyData data) {
    return new Grid(
        "What shortcuts gain",
        List.of("layers", "plain", "residual", "gain", "at the start", "on training images"),
        DEPTHS.stream()
            .map(
                d ->
                    List.of(
                        Integer.toString(d),
                        StudyData.percent(data.accuracy(plain(d))),
                        StudyData.percent(data.accuracy(residual(d))),
                        points(data.accuracy(residual(d)) - data.accuracy(plain(d))),
                        points(start(data, residual(d)) - start(data, plain(d))),
                        points(training(data, residual(d)) - training(data, plain(d)))))
            .toList());
  }

  private static String points(double value) {
    return Decimals.format("%+.2f points", value);
  }
}
