package dev.fovea.study.claims;

import dev.fovea.data.loader.Shuffling;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.TrainingLength;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.train.RunConfig;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The changes that accompany batch norm in the paper, alone and together. */
final class BatchNormTipsStudy implements Study {
  private static final String BASE = "BN only";
  private static final String TOGETHER = "all seven";

  /** GoogLeNet's dropout. */
  private static final double DROPOUT = 0.4;

  /** GoogLeNet's alpha. */
  private static final double LRN = 1e-4;

  /**
   * The same for values that have a standard deviation of 1 where GoogLeNet's have that of pixels
   * from 0 to 255, which is about 64.
   */
  private static final double UNIT_LRN = LRN * 64 * 64;

  /** What the rate of a quick run ends with, of what it begins with. */
  private static final double SLOW = 0.5;

  /** A change; those that another study measures alone are only part of all seven. */
  private enum Tip {
    RATE("five times the rate"),
    DECAY("faster decay"),
    NO_LRN("no LRN"),
    SHUFFLE("shuffled within shards"),
    LESS_DISTORTION("less distortion"),
    NO_DROPOUT(""),
    LESS_L2("");

    final String arm;

    Tip(String arm) {
      this.arm = arm;
    }

    static List<Tip> alone() {
      return Arrays.stream(values()).filter(t -> !t.arm.isEmpty()).toList();
    }
  }

  @Override
  public String name() {
    return "bn-tips";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Seven changes that batch norm allows",
        "Adding batch norm alone does not take full advantage of it: a larger rate, no dropout,"
            + " less L2, faster decay of the rate, no local response normalization, more thorough"
            + " shuffling and less photometric distortion each help, and all together do.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2.1");
  }

  @Override
  public List<String> setup(Scale scale) {
    String seven =
        "One network with batch norm and none of the seven changes, one with each of five, and one"
            + " with all seven. The other two, no dropout and a fifth of the L2 weight, are"
            + " measured alone by bn-regularizes.";
    if (scale == Scale.FULL) {
      return List.of(
          seven,
          "BN-Inception for 224x224 images, batch size 32, 6 million steps, rate 0.0015 or 0.0075."
              + " What the paper does not say is as in the recipes bn-inception-paper and"
              + " bn-inception-paper-x5: Caffe's L2 of 2e-4 and decay of 4 % every 8 epochs, and a"
              + " photometric distortion of half the strength; shards of 1,024 images, and"
              + " GoogLeNet's local response normalization with alpha 1e-4.");
    }
    return List.of(
        seven,
        "The modules of BN-Inception at an eighth of the width for 32x32 images, batch size 32,"
            + " rate 0.01 or 0.05, dropout 0.4, L2 of 5e-4 or 1e-4. Over the run the rate falls to"
            + " a half, or six times as fast, to a 64th. Images are mirrored and distorted, or"
            + " distorted half as much.",
        "Shards hold 256 images, dealt at random once. Their order always changes; without the tip"
            + " the images in them stay in order, so that the same 32 form a batch in every epoch.",
        "Local response normalization has one layer, where GoogLeNet has it before its first"
            + " module, and alpha 0.41: GoogLeNet's 1e-4 is for values like pixels from 0 to 255,"
            + " with a standard deviation of 64, where batch norm makes it 1; 1e-4 would leave them"
            + " as they are.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "larger-rate",
            0,
            "points",
            "five times the rate is at least as accurate",
            "a training speedup without ill side effects; no number"),
        Criterion.atLeast(
            "faster-decay",
            0,
            "points",
            "a rate that falls six times as fast is at least as accurate",
            "stated; no number"),
        Criterion.atLeast(
            "lrn-can-go",
            -0.5,
            "points",
            "without local response normalization no accuracy is lost",
            "not necessary; no number"),
        Criterion.atLeast(
            "shuffling",
            0.5,
            "points",
            "shuffling within shards is more accurate",
            "about 1 % better in validation accuracy"),
        Criterion.atLeast(
            "less-distortion",
            0,
            "points",
            "half the photometric distortion is at least as accurate",
            "stated; no number"),
        Criterion.atLeast(
            "all-seven",
            1,
            "points",
            "all seven changes together are more accurate than batch norm alone",
            "73.0 % (BN-x5) against 72.7 % (BN-Baseline), in 2.1 against 13.3 million steps to the"
                + " same accuracy"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    Map<String, Set<Tip>> all = new LinkedHashMap<>();
    all.put(BASE, EnumSet.noneOf(Tip.class));
    Tip.alone().forEach(t -> all.put(t.arm, EnumSet.of(t)));
    all.put(TOGETHER, EnumSet.allOf(Tip.class));
    return all.entrySet().stream()
        .map(
            e -> Arm.of(e.getKey(), scale == Scale.FULL ? full(e.getValue()) : quick(e.getValue())))
        .toList();
  }

  private static RunConfig quick(Set<Tip> tips) {
    boolean fast = tips.contains(Tip.DECAY);
    RunConfig config =
        StudyConfigs.constant(
                "bn_inception_small(width=0.125" + options(tips, UNIT_LRN) + ")",
                tips.contains(Tip.RATE) ? 0.05 : 0.01)
            .with(
                new Schedule.Exponential(
                    TrainingLength.percent(100), fast ? Math.pow(SLOW, 6) : SLOW))
            .with(ParameterGroups.decayWeights(tips.contains(Tip.LESS_L2) ? 1e-4 : 5e-4))
            .withBatch(32)
            .with(TrainingLength.epochs(60))
            .withAugment("flip", distortion(tips));
    return config.with(config.data().with(order(tips, 256)));
  }

  private static RunConfig full(Set<Tip> tips) {
    String options = options(tips, LRN);
    boolean fast = tips.contains(Tip.DECAY);
    RunConfig config =
        StudyConfigs.constant(
                "bn_inception_separable"
                    + (options.isEmpty() ? "" : "(" + options.substring(1) + ")"),
                tips.contains(Tip.RATE) ? 0.0075 : 0.0015)
            .with(new Schedule.Step(TrainingLength.epochs(fast ? 1.3333 : 8), 0.96))
            .with(ParameterGroups.decayAll(tips.contains(Tip.LESS_L2) ? 4e-5 : 2e-4))
            .withBatch(32)
            .with(TrainingLength.steps(6_000_000))
            .withAugment("resized-crop(filter=random)", "flip", distortion(tips));
    return config.with(config.data().with(order(tips, Shuffling.STANDARD_SHARD)));
  }

  private static String options(Set<Tip> tips, double alpha) {
    return (tips.contains(Tip.NO_DROPOUT) ? "" : ",dropout=" + DROPOUT)
        + (tips.contains(Tip.NO_LRN) ? "" : ",lrn=" + alpha);
  }

  private static String distortion(Set<Tip> tips) {
    return tips.contains(Tip.LESS_DISTORTION) ? "photometric(strength=0.5)" : "photometric";
  }

  private static Shuffling order(Set<Tip> tips, int shard) {
    return tips.contains(Tip.SHUFFLE)
        ? new Shuffling.WithinShards(shard)
        : new Shuffling.Shards(shard);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<String> all = data.arms();
    return new Conclusion(
        Map.of(
            "larger-rate", data.gain(Tip.RATE.arm, BASE),
            "faster-decay", data.gain(Tip.DECAY.arm, BASE),
            "lrn-can-go", data.gain(Tip.NO_LRN.arm, BASE),
            "shuffling", data.gain(Tip.SHUFFLE.arm, BASE),
            "less-distortion", data.gain(Tip.LESS_DISTORTION.arm, BASE),
            "all-seven", data.gain(TOGETHER, BASE)),
        List.of(bars(data, all), data.accuracies(all)),
        List.of(data.table("All runs", all)),
        List.of(data.seedNote(all), data.learnedNote()));
  }

  private static Plot bars(StudyData data, List<String> all) {
    return Plot.bars(
        "Accuracy at the end",
        "top-1 (%)",
        all,
        List.of(
            new Series(
                "training",
                IntStream.range(0, all.size())
                    .mapToObj(
                        i ->
                            new Series.Point(
                                i, data.mean(all.get(i), TrainedRun::trainingAccuracy)))
                    .toList()),
            new Series(
                "new images",
                IntStream.range(0, all.size())
                    .mapToObj(i -> new Series.Point(i, data.accuracy(all.get(i))))
                    .toList())));
  }
}
