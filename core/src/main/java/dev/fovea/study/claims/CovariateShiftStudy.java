package dev.fovea.study.claims;

import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.train.RunConfig;
import java.util.List;
import java.util.Map;

/** How the inputs of hidden units drift during training, with and without batch norm. */
final class CovariateShiftStudy implements Study {
  private static final String WITHOUT = "without batch norm";
  private static final String WITH = "with batch norm";

  @Override
  public String name() {
    return "bn-shift";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Internal covariate shift",
        "Batch normalization keeps the distribution of a hidden unit's input stable during"
            + " training; without it mean and variance shift, and the network learns more slowly.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.1 and Figure 1");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "The paper's network: three fully connected layers of 100 sigmoid units, batches of 60,"
            + " 50,000 steps"
            + (scale == Scale.FULL ? "." : " at most, as the time allows."),
        "The paper trains on binary handwritten digits and gives neither its learning rate nor the"
            + " standard deviation of its initial weights; here SGD runs at 0.1 without momentum on"
            + " the given images.",
        "The figures show unit 0 of the last hidden layer. The drift is the mean over all 100 units"
            + " of the range of the median after the first tenth of the run, in units of the"
            + " distance from the 15th to the 85th percentile.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "drift",
            1.5,
            "times",
            "without batch norm the medians of the hidden inputs drift farther",
            "Figure 1 (b, c): curves, no number"),
        Criterion.atLeast(
            "accuracy",
            0,
            "points",
            "the network with batch norm is at least as accurate at the end",
            "Figure 1 (a): a curve, no number"),
        Criterion.atMost(
            "speed",
            0.5,
            "times the steps",
            "with batch norm the other network's final accuracy is reached in half the steps",
            "Figure 1 (a): about a tenth, read off the curve"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return List.of(arm(WITHOUT, "mlp(norm=none)", "fc3"), arm(WITH, "mlp", "bn3"));
  }

  private static Arm arm(String name, String model, String node) {
    RunConfig config =
        StudyConfigs.constant(model, 0.1)
            .with(new Sgd(0, 0, false))
            .withBatch(60)
            .with(TrainingLength.steps(50_000));
    return Arm.of(name, config)
        .watchedBy((trainer, backend) -> new InputDrift(trainer, backend, List.of(node)));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double without = data.mean(WITHOUT, CovariateShiftStudy::drift);
    double with = data.mean(WITH, CovariateShiftStudy::drift);
    return new Conclusion(
        Map.of(
            "drift", without / with,
            "accuracy", data.gain(WITH, WITHOUT),
            "speed", data.stepsAsFraction(WITH, WITHOUT, r -> r.stepsTo(r.accuracy()))),
        List.of(
            percentiles(data, WITHOUT),
            percentiles(data, WITH),
            data.accuracies(List.of(WITHOUT, WITH))),
        List.of(data.table("Both networks", List.of(WITHOUT, WITH))),
        List.of(data.learnedNote()));
  }

  private static Plot percentiles(StudyData data, String arm) {
    return Plot.curves(
        "Input of a hidden unit, " + arm,
        "step",
        "input to the sigmoid",
        InputDrift.percentiles(data.medianRun(arm), 0));
  }

  private static double drift(TrainedRun run) {
    List<Double> drifts = InputDrift.drifts(run);
    return drifts.isEmpty() ? Double.NaN : drifts.get(0);
  }
}
