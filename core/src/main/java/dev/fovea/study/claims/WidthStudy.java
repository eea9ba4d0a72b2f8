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
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Width in place of depth, at about equal parameter counts. */
final class WidthStudy implements Study {
  private static final List<String> QUICK = List.of("wrn_46_1", "wrn_16_2", "wrn_10_3");
  private static final List<String> FULL = List.of("preact_resnet1001", "wrn_40_4", "wrn_16_8");

  /** The paper's rate on CIFAR. */
  private static final String DROPOUT = "(dropout=0.3)";

  /** Quick arms whose images are shown unvaried, so that the networks overfit within minutes. */
  private static final String UNVARIED = ", images unvaried";

  /** A widest network without dropout and with it. */
  private record Pair(String without, String with) {
    static Pair of(Scale scale) {
      return scale == Scale.FULL
          ? new Pair("wrn_28_10", "wrn_28_10" + DROPOUT)
          : new Pair("wrn_10_3" + UNVARIED, "wrn_10_3" + DROPOUT + UNVARIED);
    }

    List<String> both() {
      return List.of(without, with);
    }
  }

  /** Measurements of each network's step. */
  private static final int ROUNDS = 3;

  @Override
  public String name() {
    return "wide";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Width against depth",
        "A wide, shallow residual network is as accurate as a thin, deep one with as many"
            + " parameters, and its steps take a fraction of the time; dropout between the"
            + " convolutions of a block makes a wide network more accurate.",
        "Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3 (computational efficiency,"
            + " dropout in residual blocks), Tables 4 to 6");
  }

  @Override
  public List<String> setup(Scale scale) {
    List<String> notes = new ArrayList<>();
    notes.add(
        scale == Scale.FULL
            ? "The paper's pair, 1001 thin layers and 40 layers of four times the width, and its 16"
                + " layers of eight times the width, with about 10 million parameters each."
            : "Networks of the same family with about 0.7 million parameters and 0.1 billion"
                + " multiply-adds each: 46 layers of the base width, 16 of twice that, 10 of three"
                + " times. The paper's pair has 10 million parameters.");
    notes.add(
        "All are trained with the recipe of the wide networks, so that only the network differs;"
            + " the paper compares its own results with those reported by others for the deep"
            + " network.");
    notes.add(
        "The step time is that of forward and backward pass over 128 blank images: the median of 15"
            + " steps, measured "
            + ROUNDS
            + " times in alternation after all training; the minimum counts, because other load on"
            + " the machine only adds to it. The paper measured a GPU, which waits for each of a"
            + " thousand small layers; a CPU with few cores waits less, so the gain is smaller.");
    notes.add(
        scale == Scale.FULL
            ? "Dropout is measured in the paper's widest network, WRN-28-10, at the paper's 0.3."
            : "Dropout is measured in the widest of the three networks, at the paper's 0.3. It can"
                + " only help a network that overfits, and after a few epochs of varied images none"
                + " does; so the two networks of this comparison see every image as it is, without"
                + " crops and mirrors, in batches of 32 at rate 0.05, and overfit within minutes.");
    notes.add(
        "Training errors are measured while training, with dropout where there is any, so that"
            + " those of the network with dropout are higher than without it would be.");
    return notes;
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "wider-as-accurate",
            0,
            "points",
            "the wider network is at least as accurate as the deepest",
            "4.64 % (1001 layers) to 4.53 % (WRN-40-4) error: 0.11 points"),
        Criterion.atLeast(
            "widest-as-accurate",
            0,
            "points",
            "the widest network is at least as accurate as the deepest",
            "4.64 % (1001 layers) to 4.27 % (WRN-16-8) error: 0.37 points"),
        Criterion.atLeast(
            "step-time",
            1.2,
            "times",
            "a step of the deepest network takes longer than one of the wider",
            "about 8 times, 1001 layers against WRN-40-4 on a GPU"),
        Criterion.atMost(
            "time-to-accuracy",
            0.75,
            "times the time",
            "the wider network's steps up to the final accuracy of the deepest take less time than"
                + " all steps of the deepest",
            "no number; equally many steps at 8 times the speed would be 0.13 times"),
        Criterion.atLeast(
            "dropout-helps",
            0.1,
            "points",
            "dropout inside the blocks makes the widest network more accurate",
            "4.00 % to 3.89 % error, WRN-28-10 (Table 6): 0.11 points"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (String name : names(scale)) {
      arms.add(Arm.of(name, StudyConfigs.wide(name)));
    }
    for (String name : Pair.of(scale).both()) {
      RunConfig config = StudyConfigs.wide(name.replace(UNVARIED, ""));
      arms.add(
          Arm.of(
              name,
              scale == Scale.FULL ? config : config.withAugment().withBatch(32).withRate(0.05)));
    }
    return arms;
  }

  private static List<String> names(Scale scale) {
    return scale == Scale.FULL ? FULL : QUICK;
  }

  @Override
  public double ownShare() {
    return 0.15;
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<String> names = names(data.setting().scale());
    Map<String, Double> seconds = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (String name : names) {
        RunConfig config = data.config(name);
        int classes = Models.info(config.network().model()).classes();
        seconds.merge(name, data.stepTimes(config, classes).training(), Math::min);
      }
    }
    return conclude(data, seconds);
  }

  /**
   * Draws the conclusion from the runs and the step times.
   *
   * @param seconds per training step, by network
   */
  static Conclusion conclude(StudyData data, Map<String, Double> seconds) {
    List<String> names = names(data.setting().scale());
    Pair pair = Pair.of(data.setting().scale());
    List<String> all = Stream.concat(names.stream(), pair.both().stream()).toList();
    String deepest = names.get(0);
    String wider = names.get(1);
    double slow = step(seconds, deepest);
    double fast = step(seconds, wider);
    return new Conclusion(
        Map.of(
            "wider-as-accurate",
            data.gain(wider, deepest),
            "widest-as-accurate",
            data.gain(names.get(2), deepest),
            "step-time",
            slow / fast,
            "time-to-accuracy",
            fast / slow * data.stepsAsFraction(wider, deepest, TrainedRun::steps),
            "dropout-helps",
            data.gain(pair.with, pair.without)),
        List.of(
            Plot.curves(
                "Error on new images over time",
                "seconds of forward and backward pass",
                "error (%)",
                names.stream().map(n -> errors(data, n, step(seconds, n))).toList()),
            Plot.curves(
                "Error on new images over steps",
                "step",
                "error (%)",
                names.stream().map(n -> errors(data, n, 1)).toList()),
            times(seconds, names),
            dropout(data, pair)),
        List.of(costs(data, seconds, names), data.table("All runs", all)),
        List.of(data.seedNote(all), data.learnedNote()));
  }

  private static double step(Map<String, Double> seconds, String name) {
    return Objects.requireNonNull(seconds.get(name));
  }

  /** Returns the median run's error curve, with x in steps times {@code perStep}. */
  private static Series errors(StudyData data, String name, double perStep) {
    return new Series(
        name,
        data.medianRun(name).epochs().stream()
            .map(e -> new Series.Point(perStep * e.step(), 100 - 100 * e.evaluated().top1()))
            .toList());
  }

  /** Returns errors on training and on new images, as in Figure 3, right. */
  private static Plot dropout(StudyData data, Pair pair) {
    List<Series> curves = new ArrayList<>();
    for (String arm : pair.both()) {
      String name = arm.equals(pair.with) ? "with dropout" : "without";
      curves.add(data.curve(arm, name + ", training", e -> 100 - 100 * e.train().top1()));
      curves.add(data.curve(arm, name + ", new images", e -> 100 - 100 * e.evaluated().top1()));
    }
    return Plot.curves("Dropout inside the blocks of the widest", "step", "error (%)", curves);
  }

  private static Plot times(Map<String, Double> seconds, List<String> names) {
    List<Series.Point> bars = new ArrayList<>();
    for (String name : names) {
      bars.add(new Series.Point(bars.size(), 1000 * step(seconds, name)));
    }
    return Plot.bars(
        "Time of a training step", "milliseconds", names, List.of(new Series("step", bars)));
  }

  private static Grid costs(StudyData data, Map<String, Double> seconds, List<String> names) {
    List<List<String>> rows = new ArrayList<>();
    for (String name : names) {
      Cost cost = Cost.of(Models.graph(name));
      double step = step(seconds, name);
      double perStep = (double) cost.multiplyAdds() * data.config(name).learning().batch();
      rows.add(
          List.of(
              name,
              String.format(Locale.ROOT, "%,d", cost.parameters()),
              String.format(Locale.ROOT, "%,.1f", cost.multiplyAdds() / 1e6),
              String.format(Locale.ROOT, "%,.1f", 1000 * step),
              String.format(Locale.ROOT, "%,.0f", 3 * perStep / step / 1e9),
              StudyData.percent(100 - data.accuracy(name))));
    }
    return new Grid(
        "Cost and error",
        List.of(
            "network",
            "parameters",
            "multiply-adds (M)",
            "step (ms)",
            "billion multiply-adds/s",
            "error"),
        rows);
  }
}
