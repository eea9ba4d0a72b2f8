package dev.fovea.study.claims;

import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
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
import dev.fovea.study.TrainedRun;
import dev.fovea.train.RunConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How many steps batch norm saves, which learning rates it tolerates, and training with sigmoids.
 */
final class BatchNormSpeedStudy implements Study {
  private static final String PLAIN = "Inception";
  private static final String BASELINE = "BN-Baseline";
  private static final String FIVE = "BN-x5";
  private static final String THIRTY = "BN-x30";
  private static final String SIGMOID = "BN-x5-Sigmoid";
  private static final String PLAIN_FIVE = "Inception-x5";
  private static final String PLAIN_SIGMOID = "Inception-Sigmoid";
  private static final List<String> ALL =
      List.of(PLAIN, BASELINE, FIVE, THIRTY, SIGMOID, PLAIN_FIVE, PLAIN_SIGMOID);
  private static final String NO_NORM = "norm=none";
  private static final String SIGMOIDS = "activation=sigmoid";

  /** The learning rate of the paper's Inception. */
  private static final double RATE = 0.0015;

  @Override
  public String name() {
    return "bn-speed";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Batch norm trains faster",
        "With batch normalization a network reaches the same accuracy in a small fraction of the"
            + " steps, tolerates learning rates at which the plain one diverges, and trains even"
            + " with sigmoids.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2.2 with Figures 2 and 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    if (scale == Scale.FULL) {
      return List.of(
          "BN-Inception for 224x224 images with the paper's learning rates and batch size 32."
              + " Inception is the same network with biases in place of batch norm, because the"
              + " paper's two networks also differ in other ways (two 3x3 for each 5x5, one more"
              + " module).",
          "The paper gives no numbers for weight decay and schedule; Caffe's are used: 2e-4, and a"
              + " decay of 4 % every 8 epochs. The networks at higher learning rates have no"
              + " dropout, a fifth of the weight decay, and a rate that falls six times as fast, as"
              + " in section 4.2.1.",
          "The 31 million steps of the two slow networks take months on a CPU. A restarted study"
              + " keeps its finished runs; the interrupted run starts over.");
    }
    return List.of(
        "The modules of BN-Inception at an eighth of the width for 32x32 images; Inception is the"
            + " same network with biases in place of batch norm and He initialization.",
        "Learning rates are the paper's: 0.0015, five and thirty times that, with batch size 32 and"
            + " momentum 0.9. In all networks the rate decays smoothly to a tenth over the run, and"
            + " there is no dropout and no weight decay, so that only normalization, learning rate"
            + " and nonlinearity differ.",
        "Accuracy is measured 40 times per run, each time on the same "
            + Progress.IMAGES
            + " validation images (standard error up to 2.2 points). The target is the plain"
            + " network's mean accuracy over the last tenth of its run; steps are counted until it"
            + " is first reached, for the plain network too, so no number is below 1/40.",
        "The plain network is far from its best after a short run, while the paper's had 31 million"
            + " steps; 0.0015 may be low for such a small network, which may tolerate five times"
            + " that.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "baseline-steps",
            0.75,
            "times the steps",
            BASELINE + ", at the same rate, reaches the plain network's accuracy sooner",
            "13.3 against 31.0 million steps: 0.43 times"),
        Criterion.atMost(
            "x5-steps",
            0.25,
            "times the steps",
            FIVE + " reaches it in a small fraction of the steps",
            "2.1 against 31.0 million steps: 0.07 times"),
        Criterion.atLeast(
            "x30-accuracy",
            1,
            "points",
            THIRTY + " ends more accurate than the plain network",
            "74.8 % against 72.2 %: 2.6 points"),
        Criterion.atLeast(
            "plain-x5",
            5,
            "points",
            "at five times its rate the plain network ends worse than at its own, or diverges",
            "diverges: parameters reached infinity"),
        Criterion.atLeast(
            "sigmoid-with", 3, "times chance", SIGMOID + " learns", "69.8 %, 698 times chance"),
        Criterion.atMost(
            "sigmoid-without",
            1.5,
            "times chance",
            "the plain network with sigmoids does not",
            "never better than 1 in 1000, which is chance"));
  }

  // The cost of 40 accuracy measurements per run.
  @Override
  public double ownShare() {
    return 0.1;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return scale == Scale.FULL ? full() : quick();
  }

  private static List<Arm> quick() {
    return List.of(
        quick(PLAIN, NO_NORM, 1),
        quick(BASELINE, "", 1),
        quick(FIVE, "", 5),
        quick(THIRTY, "", 30),
        quick(SIGMOID, SIGMOIDS, 5),
        quick(PLAIN_FIVE, NO_NORM, 5),
        quick(PLAIN_SIGMOID, NO_NORM + "," + SIGMOIDS, 1));
  }

  private static Arm quick(String name, String options, int times) {
    String model =
        "bn_inception_small(width=0.125" + (options.isEmpty() ? "" : ",") + options + ")";
    RunConfig config =
        StudyConfigs.constant(model, RATE * times)
            .with(new Schedule.Exponential(TrainingLength.percent(100), 0.1))
            .withBatch(32)
            .with(TrainingLength.epochs(60))
            .withAugment("flip");
    return Arm.of(name, config).watchedBy(Progress::new);
  }

  private static List<Arm> full() {
    return List.of(
        original(PLAIN, NO_NORM + ",dropout=0.4", 1, 31_000_000),
        original(BASELINE, "dropout=0.4", 1, 31_000_000),
        modified(FIVE, "", 5),
        modified(THIRTY, "", 30),
        modified(SIGMOID, SIGMOIDS, 5),
        original(PLAIN_FIVE, NO_NORM + ",dropout=0.4", 5, 6_000_000),
        original(PLAIN_SIGMOID, NO_NORM + "," + SIGMOIDS + ",dropout=0.4", 1, 6_000_000));
  }

  private static Arm original(String name, String options, int times, int steps) {
    return full(name, options, times, steps, 8, 2e-4);
  }

  /** Section 4.2.1: a fifth of the weight decay, and a rate that falls six times as fast. */
  private static Arm modified(String name, String options, int times) {
    return full(name, options, times, 6_000_000, 1.3333, 4e-5);
  }

  /**
   * Creates an arm of the paper's size.
   *
   * @param epochs after each of which the rate falls by 4 %
   */
  private static Arm full(
      String name, String options, int times, int steps, double epochs, double weightDecay) {
    String model = "bn_inception_separable" + (options.isEmpty() ? "" : "(" + options + ")");
    RunConfig config =
        StudyConfigs.constant(model, RATE * times)
            .with(new Schedule.Step(TrainingLength.epochs(epochs), 0.96))
            .with(ParameterGroups.decayAll(weightDecay))
            .withBatch(32)
            .with(TrainingLength.steps(steps))
            .withAugment("imagenet");
    return Arm.of(name, config).watchedBy(Progress::new);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("baseline-steps", Progress.stepsFraction(data, BASELINE, PLAIN));
    measured.put("x5-steps", Progress.stepsFraction(data, FIVE, PLAIN));
    measured.put("x30-accuracy", data.gain(THIRTY, PLAIN));
    measured.put("plain-x5", worseAtEqualSteps(data));
    measured.put("sigmoid-with", timesChance(data, SIGMOID));
    measured.put("sigmoid-without", timesChance(data, PLAIN_SIGMOID));
    return new Conclusion(
        measured,
        List.of(
            Plot.curves(
                "Accuracy on new images",
                "step",
                "top-1 (%)",
                ALL.stream().map(a -> curve(data, a)).toList()),
            bars(data)),
        List.of(steps(data), data.table("All runs", ALL)),
        List.of(data.seedNote(ALL), data.learnedNote()));
  }

  /**
   * Returns how much worse the plain network is at five times its rate, after equally many steps.
   */
  private static double worseAtEqualSteps(StudyData data) {
    List<TrainedRun> own = data.runs(PLAIN);
    List<TrainedRun> five = data.runs(PLAIN_FIVE);
    double sum = 0;
    for (int i = 0; i < own.size(); i++) {
      TrainedRun run = five.get(i);
      sum += run.diverged() ? own.get(i).accuracy() : own.get(i).accuracyAt(run.steps());
    }
    return data.difference(sum / own.size(), data.accuracy(PLAIN_FIVE));
  }

  private static double timesChance(StudyData data, String arm) {
    return data.mean(arm, r -> Progress.end(r) / Progress.chance(r));
  }

  private static Series curve(StudyData data, String arm) {
    return new Series(arm, Progress.of(data.medianRun(arm)));
  }

  private static Plot bars(StudyData data) {
    List<String> names = List.of(PLAIN, BASELINE, FIVE, THIRTY);
    List<Series.Point> points =
        Stream.iterate(0, i -> i < names.size(), i -> i + 1)
            .map(i -> new Series.Point(i, mean(data, names.get(i))))
            .toList();
    return Plot.bars(
        "Steps to the plain network's accuracy",
        "steps",
        names,
        List.of(new Series("steps", points)));
  }

  private static double mean(StudyData data, String arm) {
    double target = data.mean(PLAIN, Progress::end);
    return data.mean(arm, r -> Progress.steps(r, target));
  }

  private static Grid steps(StudyData data) {
    return new Grid(
        "Steps to the plain network's accuracy",
        List.of("network", "rate", "steps", "at the end", "each seed"),
        ALL.stream().map(a -> row(data, a)).toList());
  }

  private static List<String> row(StudyData data, String arm) {
    double steps = mean(data, arm);
    return List.of(
        arm,
        Double.toString(data.config(arm).learning().rate().base()),
        Double.isNaN(steps) ? "not reached" : String.format(Locale.ROOT, "%,.0f", steps),
        StudyData.percent(data.mean(arm, Progress::end)),
        String.join(
            ", ",
            data.runs(arm).stream()
                .map(r -> r.diverged() ? "diverged" : StudyData.percent(Progress.end(r)))
                .toList()));
  }
}
