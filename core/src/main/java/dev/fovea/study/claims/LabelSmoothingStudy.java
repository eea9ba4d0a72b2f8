package dev.fovea.study.claims;

import dev.fovea.optim.WeightAverage;
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
import dev.fovea.train.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The effect of label smoothing on accuracy, logits and calibration. */
final class LabelSmoothingStudy implements Study {
  private static final String HARD = "hard labels";
  private static final String SMOOTH = "smoothed labels";
  private static final List<String> BOTH = List.of(HARD, SMOOTH);

  @Override
  public String name() {
    return "label-smoothing";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Label smoothing",
        "Distributing a tenth of the target probability evenly over all classes keeps the largest"
            + " logit from growing far above the others, so that the network is less confident and"
            + " more accurate on new images.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 7; calibration: Müller et al. 2019, arXiv"
            + " 1906.02629, section 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        scale == Scale.FULL
            ? "Inception-v3 for 299x299 images, trained as in section 8, without and with label"
                + " smoothing of 0.1."
            : "A small Inception-v3 for 32x32 images at an eighth of the width, with the paper's"
                + " optimizer, learning rate and batch size, without and with label smoothing of"
                + " 0.1; runs take minutes instead of the paper's 100 epochs of ImageNet.",
        "Weights are not averaged, so that logits and accuracy are those of the same network. The"
            + " gap of an image is its largest logit minus the mean of the others; with 10 classes"
            + " the loss with smoothing is minimal at a gap of 4.5, without smoothing at no finite"
            + " gap.",
        "Calibration is the expected calibration error over 15 confidence bins. The Inception paper"
            + " does not measure it. Smoothing lowers it for overconfident networks, but a network"
            + " becomes overconfident only after more epochs over the same images than a short run"
            + " has; smoothing makes a well-calibrated network underconfident.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "accuracy",
            0,
            "points",
            "with smoothing the network is at least as accurate on new images",
            "about 0.2 points of top-1 and of top-5"),
        Criterion.atMost(
            "gap",
            0.75,
            "times",
            "with smoothing the largest logit is closer to the mean of the others",
            "prevented from becoming much larger; no number"),
        Criterion.atMost(
            "calibration",
            0.9,
            "times",
            "with smoothing the calibration error is smaller",
            "not in the paper; smaller in arXiv 1906.02629, section 3"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return List.of(arm(scale, HARD, 0), arm(scale, SMOOTH, 0.1));
  }

  private static Arm arm(Scale scale, String name, double smoothing) {
    RunConfig config =
        scale == Scale.FULL
            ? StudyConfigs.inception("inception_v3").withAugment("imagenet")
            : StudyConfigs.inception("inception_v3_small(aux=bn)");
    return Arm.of(name, config.withSmoothing(smoothing).with(WeightAverage.none()))
        .watchedBy(Confidence::of);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    return new Conclusion(
        Map.of(
            "accuracy", data.gain(SMOOTH, HARD),
            "gap", data.mean(SMOOTH, Confidence::gap) / data.mean(HARD, Confidence::gap),
            "calibration",
                data.mean(SMOOTH, Confidence::error) / data.mean(HARD, Confidence::error)),
        List.of(
            Plot.curves(
                "Gap between the largest logit and the others",
                "largest logit minus the mean of the rest",
                "validation images (%)",
                BOTH.stream().map(a -> Confidence.gaps(data.medianRun(a), a)).toList()),
            Plot.curves(
                "Accuracy by confidence",
                "confidence (%)",
                "correct (%)",
                List.of(
                    Confidence.reliability(data.medianRun(HARD), HARD),
                    Confidence.reliability(data.medianRun(SMOOTH), SMOOTH),
                    new Series(
                        "perfect calibration",
                        List.of(new Series.Point(0, 0), new Series.Point(100, 100))))),
            data.accuracies(BOTH)),
        List.of(table(data), data.table("All runs", BOTH)),
        List.of(data.seedNote(BOTH), data.learnedNote()));
  }

  private static Grid table(StudyData data) {
    return new Grid(
        "Logits and calibration",
        List.of("labels", "gap", "each seed", "calibration error", "each seed"),
        BOTH.stream()
            .map(
                a ->
                    List.of(
                        a,
                        number(data.mean(a, Confidence::gap)),
                        seeds(data, a, Confidence::gap),
                        number(data.mean(a, Confidence::error)) + " %",
                        seeds(data, a, Confidence::error)))
            .toList());
  }

  private static String seeds(StudyData data, String arm, ToDoubleFunction<TrainedRun> number) {
    return String.join(
        ", ", data.runs(arm).stream().map(r -> number(number.applyAsDouble(r))).toList());
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "diverged" : Decimals.format("%.2f", value);
  }
}
