package dev.fovea.study.claims;

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
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Batch normalization makes dropout unnecessary and allows less weight decay. */
final class BatchNormRegularizationStudy implements Study {
  private static final String PLAIN = "plain, dropout, L2";
  private static final String PLAIN_BARE = "plain, L2/5";
  private static final String NORM = "BN, dropout, L2";
  private static final String NORM_L2 = "BN, L2";
  private static final String NORM_BARE = "BN, L2/5";
  private static final List<String> ALL = List.of(PLAIN, PLAIN_BARE, NORM, NORM_L2, NORM_BARE);

  /** GoogLeNet's dropout. */
  private static final String DROPOUT = "dropout=0.4";

  @Override
  public String name() {
    return "bn-regularizes";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Batch norm regularizes",
        "A normalized network sees each image together with others that change from step to step,"
            + " which regularizes so well that dropout can be removed and the L2 weight divided by"
            + " five, and accuracy on new images rises.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, sections 3.4 and 4.2.1");
  }

  @Override
  public List<String> setup(Scale scale) {
    String five =
        "Five networks: without batch norm, once with both regularizers and once with a fifth of"
            + " the L2 alone; with batch norm, once with both, once with L2 alone, and once with a"
            + " fifth of it.";
    if (scale == Scale.FULL) {
      return List.of(
          five,
          "BN-Inception for 224x224 images, batch size 32, learning rate 0.0015 without batch norm"
              + " for 31 million steps, 0.0075 with batch norm for 6 million. The paper gives"
              + " neither its L2 weight nor its schedule; Caffe's are used: 2e-4, and a decay of"
              + " 4 % every 8 epochs, six times as often with batch norm.");
    }
    return List.of(
        five,
        "The modules of BN-Inception at an eighth of the width for 32x32 images, batch size 32, a"
            + " one-cycle schedule with a peak rate of 0.01 without batch norm and, as in the"
            + " paper, five times that with batch norm. Dropout of 0.4 precedes the classifier, as"
            + " in GoogLeNet; L2 is 5e-4 or 1e-4, on weights only.",
        "Images are not augmented, so that networks can overfit: a few thousand images are seen ten"
            + " times or more. Dropout and L2 only slow down a network that has not yet fitted its"
            + " images; the training accuracy in the table shows whether it has.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "dropout-can-go",
            0,
            "points",
            "with batch norm the network without dropout is at least as accurate on new images",
            "higher without; no number"),
        Criterion.atLeast(
            "l2-can-shrink",
            -0.5,
            "points",
            "with batch norm a fifth of the L2 loss costs no accuracy on new images",
            "higher with a fifth; no number"),
        Criterion.atLeast(
            "needed-less",
            1,
            "points",
            "both regularizers together gain more without batch norm than with it",
            "stated in section 3.4; no number"),
        Criterion.atLeast(
            "bare-is-better",
            1,
            "points",
            "batch norm with a fifth of the L2 alone beats the plain network with both"
                + " regularizers",
            "73.0 % (BN-x5) and 74.8 % (BN-x30) against 72.2 %: 0.8 and 2.6 points"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    String none = "norm=none";
    return List.of(
        arm(scale, PLAIN, none + "," + DROPOUT, 5),
        arm(scale, PLAIN_BARE, none, 1),
        arm(scale, NORM, DROPOUT, 5),
        arm(scale, NORM_L2, "", 5),
        arm(scale, NORM_BARE, "", 1));
  }

  private static Arm arm(Scale scale, String name, String options, int l2) {
    boolean norm = !options.startsWith("norm=none");
    return Arm.of(name, scale == Scale.FULL ? full(options, l2, norm) : quick(options, l2, norm));
  }

  private static RunConfig quick(String options, int l2, boolean norm) {
    String model =
        "bn_inception_small(width=0.125" + (options.isEmpty() ? "" : ",") + options + ")";
    return StudyConfigs.oneCycle(model, norm ? 0.05 : 0.01)
        .with(ParameterGroups.decayWeights(l2 == 5 ? 5e-4 : 1e-4))
        .withBatch(32)
        .with(TrainingLength.epochs(60))
        .withAugment();
  }

  private static RunConfig full(String options, int l2, boolean norm) {
    String model = "bn_inception_separable" + (options.isEmpty() ? "" : "(" + options + ")");
    return StudyConfigs.constant(model, norm ? 0.0075 : 0.0015)
        .with(new Schedule.Step(TrainingLength.epochs(norm ? 1.3333 : 8), 0.96))
        .with(ParameterGroups.decayAll(l2 == 5 ? 2e-4 : 4e-5))
        .withBatch(32)
        .with(TrainingLength.steps(norm ? 6_000_000 : 31_000_000))
        .withAugment("imagenet");
  }

  @Override
  public Conclusion conclude(StudyData data) {
    return new Conclusion(
        Map.of(
            "dropout-can-go", data.gain(NORM_L2, NORM),
            "l2-can-shrink", data.gain(NORM_BARE, NORM_L2),
            "needed-less", data.gain(PLAIN, PLAIN_BARE) - data.gain(NORM, NORM_BARE),
            "bare-is-better", data.gain(NORM_BARE, PLAIN)),
        List.of(
            bars(data),
            data.accuracies(ALL),
            Plot.curves(
                "Loss on new images (rising: overfitting)",
                "step",
                "cross-entropy",
                ALL.stream().map(a -> data.curve(a, a, e -> e.evaluated().loss())).toList())),
        List.of(data.table("All runs", ALL)),
        List.of(data.seedNote(ALL), data.learnedNote()));
  }

  private static Plot bars(StudyData data) {
    return Plot.bars(
        "Accuracy at the end",
        "top-1 (%)",
        ALL,
        List.of(
            new Series(
                "training",
                IntStream.range(0, ALL.size())
                    .mapToObj(
                        i ->
                            new Series.Point(
                                i, data.mean(ALL.get(i), TrainedRun::trainingAccuracy)))
                    .toList()),
            new Series(
                "new images",
                IntStream.range(0, ALL.size())
                    .mapToObj(i -> new Series.Point(i, data.accuracy(ALL.get(i))))
                    .toList())));
  }
}
