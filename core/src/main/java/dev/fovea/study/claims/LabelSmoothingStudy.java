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

/**
 * What label smoothing does to accuracy, to the logits, and to how far confidence can be trusted.
 */
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
        "Giving a tenth of the probability to all classes alike keeps the largest logit from moving"
            + " far away from the others, so that the network is less sure of itself and more"
            + " accurate on new images.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 7; calibration: Müller et al. 2019, arXiv"
            + " 1906.02629, section 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        scale == Scale.FULL
            ? "Inception-v3 for 299x299 images, trained as in section 8, without and with smoothing"
                + " of 0.1."
            : "A small Inception-v3 for 32x32 images at an eighth of the width, with the paper's"
                + " optimizer, rate and batch, without and with smoothing of 0.1, in runs of"
                + " minutes where the paper's has 100 epochs of ImageNet.",
        "Weights are not averaged, so that the network that is looked at is the one whose accuracy"
            + " is given. The gap of an image is its largest logit minus the mean of the others; at"
            + " 10 classes the loss with smoothing is least at a gap of 4.5, without at none that"
            + " is finite.",
        "Calibration is the expected error over 15 bins of confidence. The Inception paper does not"
            + " measure it. Smoothing lowers it where a network is too sure, which takes more"
            + " epochs over the same images than a short run has: one that is right about as often"
            + " as it says will be made too unsure.");
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
            "with smoothing the largest logit is less far from the mean of the others",
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
        .watched(Confidence::new);
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
                "How far the largest logit is from the others",
                "largest logit minus the mean of the rest",
                "validation images (%)",
                BOTH.stream().map(a -> Confidence.gaps(data.middle(a), a)).toList()),
            Plot.curves(
                "Right answers by confidence",
                "probability of the answer (%)",
                "right (%)",
                List.of(
                    Confidence.reliability(data.middle(HARD), HARD),
                    Confidence.reliability(data.middle(SMOOTH), SMOOTH),
                    new Series(
                        "equal", List.of(new Series.Point(0, 0), new Series.Point(100, 100))))),
            Plot.curves(
                "Accuracy on new images",
                "step",
                "top-1 (%)",
                BOTH.stream()
                    .map(a -> data.curve(a, a, e -> 100 * e.evaluated().top1()))
                    .toList())),
        List.of(table(data), data.table("All runs", BOTH)),
        List.of(data.noise(BOTH), data.learntNote()));
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
