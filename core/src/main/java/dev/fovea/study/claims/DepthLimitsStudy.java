package dev.fovea.study.claims;

import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where more layers stop to help: the start of very deep networks, and overfitting. */
final class DepthLimitsStudy implements Study {
  private static final String WITHOUT = "110 layers, no warm-up";
  private static final String WITH = "110 layers";

  /** The part of a run that counts as its start. */
  private static final double START = 0.25;

  /** Enough for the networks to fit the few images that there is time for. */
  private static final int EPOCHS = 200;

  /** The two depths of a scale; the others are those with and without warm-up. */
  private record Depths(int shallower, int deeper) {
    static Depths of(Scale scale) {
      return scale == Scale.FULL ? new Depths(110, 1202) : new Depths(20, 110);
    }

    String shallow() {
      return shallower + " layers";
    }

    String deep() {
      return deeper + " layers";
    }
  }

  @Override
  public String name() {
    return "depth-limits";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Limits of depth",
        "A residual network of 110 layers needs a warm-up to start well, and a far deeper one than"
            + " the images call for fits its training images better and tests worse.",
        "He et al. 2015, arXiv 1512.03385, section 4.2 (Exploring over 1000 layers) with Figure 6"
            + " and Table 6");
  }

  @Override
  public List<String> setup(Scale scale) {
    return scale == Scale.FULL
        ? List.of(
            "The paper's networks of 110 and 1202 layers, its recipe and 64,000 steps. The warm-up"
                + " is 400 steps at a tenth of the rate; the paper ends it when the training error"
                + " falls below 80 %, after about 400 steps.")
        : List.of(
            "The pair for overfitting is 20 and 110 layers in place of the paper's 110 and 1202,"
                + " and there are only as many training images as a run can see at least "
                + EPOCHS
                + " times, so that 110 layers are many more than these images call for. Whether"
                + " 1202 layers are too many for 50,000 images is asked at full scale only.",
            "The rate is the paper's 0.1, because the warm-up is about it, with batches of 64 in"
                + " place of 128, for twice as many steps. "
                + StudyConfigs.SMALL_IMAGES,
            "The warm-up is a twentieth of the run at a tenth of the rate. The finished networks"
                + " are tested on all validation images.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "warm-up-helps-start",
            2,
            "points",
            "in the first quarter of the run, 110 layers fit their training images better with a"
                + " warm-up than without",
            "without it, the error stays above 90 % for several epochs; no number for the gain"),
        Criterion.atLeast(
            "deeper-fits",
            0,
            "points",
            "the far deeper network is at least as accurate on its training images",
            "1202 layers: below 0.1 % training error, similar to 110 layers"),
        Criterion.atLeast(
            "deeper-tests-worse",
            0.5,
            "points",
            "the far deeper network is less accurate on new images",
            "6.43 % (110 layers) to 7.93 % (1202 layers) error: 1.50 points"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 1 : 3;
  }

  @Override
  public int leastEpochs() {
    return EPOCHS;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    Depths depths = Depths.of(scale);
    List<Arm> arms = new ArrayList<>();
    arms.add(arm(depths.shallow(), warm(depths.shallower, scale)));
    arms.add(arm(depths.deep(), warm(depths.deeper, scale)));
    RunConfig cold = paper(StudyConfigs.cifar("resnet110", scale), scale);
    arms.add(arm(WITHOUT, cold));
    return arms;
  }

  private static Arm arm(String name, RunConfig config) {
    return Arm.of(name, config).watchedBy(WholeTest::of);
  }

  private static RunConfig warm(int depth, Scale scale) {
    return paper(StudyConfigs.cifarWarm("resnet" + depth, scale), scale);
  }

  /** Returns a configuration with the paper's rate; smaller batches and images if quick. */
  private static RunConfig paper(RunConfig config, Scale scale) {
    return scale == Scale.FULL
        ? config
        : StudyConfigs.smallImages(config.withBatch(64).withRate(0.1), scale);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Depths depths = Depths.of(data.setting().scale());
    List<String> names = List.of(depths.shallow(), depths.deep(), WITHOUT);
    return new Conclusion(
        Map.of(
            "warm-up-helps-start", start(data, WITH) - start(data, WITHOUT),
            "deeper-fits", data.trainingGain(depths.deep(), depths.shallow()),
            "deeper-tests-worse",
                data.difference(test(data, depths.shallow()), test(data, depths.deep()))),
        List.of(
            errors(data, depths.shallow(), depths.deep()),
            Plot.curves(
                "Training error of 110 layers with and without warm-up",
                "step",
                "error (%)",
                List.of(
                    data.curve(WITH, "with warm-up", e -> 100 - 100 * e.train().top1()),
                    data.curve(WITHOUT, "without", e -> 100 - 100 * e.train().top1())))),
        List.of(tests(data, names), data.table("All runs", names)),
        List.of(data.seedNote(names), data.learnedNote()));
  }

  private static double start(StudyData data, String arm) {
    return data.mean(arm, DepthLimitsStudy::start);
  }

  /** Returns the mean training accuracy in percent over the first epochs; 0 if there are none. */
  private static double start(TrainedRun run) {
    return run.epochs().stream()
        .limit(Math.max(1, Math.round(START * run.epochs().size())))
        .mapToDouble(e -> 100 * e.train().top1())
        .average()
        .orElse(0);
  }

  private static double test(StudyData data, String arm) {
    return data.mean(arm, WholeTest::accuracy);
  }

  private static Plot errors(StudyData data, String... arms) {
    return Plot.curves(
        "Training error and error on new images",
        "step",
        "error (%)",
        List.of(arms).stream()
            .flatMap(
                a ->
                    List.of(
                        data.curve(a, a + ", training", e -> 100 - 100 * e.train().top1()),
                        data.curve(a, a + ", new images", e -> 100 - 100 * e.evaluated().top1()))
                        .stream())
            .toList());
  }

  private static Grid tests(StudyData data, List<String> names) {
    return new Grid(
        "Finished networks",
        List.of(
            "network",
            "training top-1",
            "top-1 on all validation images",
            "each seed",
            "training top-1 at the start"),
        names.stream()
            .map(
                n ->
                    List.of(
                        n,
                        StudyData.percent(data.mean(n, TrainedRun::trainingAccuracy)),
                        StudyData.percent(test(data, n)),
                        String.join(
                            ", ",
                            data.runs(n).stream()
                                .map(r -> StudyData.percent(WholeTest.accuracy(r)))
                                .toList()),
                        StudyData.percent(start(data, n))))
            .toList());
  }
}
