package dev.fovea.study.claims;

import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Backend;
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
import dev.fovea.study.TrainingObserver;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** How the inputs of hidden units drift during training, with and without batch norm. */
final class CovariateShiftStudy implements Study {
  private static final String WITHOUT = "without batch norm";
  private static final String WITH = "with batch norm";
  private static final int[] PERCENTILES = {15, 50, 85};
  private static final int IMAGES = 500;

  /** The drift ignores this first fraction of the run, in which inputs always move. */
  private static final double SETTLED = 0.1;

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
    return Arm.of(name, config).watchedBy((trainer, backend) -> new Units(trainer, backend, node));
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
            Plot.curves(
                "Accuracy on new images",
                "step",
                "top-1 (%)",
                List.of(
                    data.curve(WITHOUT, WITHOUT, e -> 100 * e.evaluated().top1()),
                    data.curve(WITH, WITH, e -> 100 * e.evaluated().top1())))),
        List.of(data.table("Both networks", List.of(WITHOUT, WITH))),
        List.of(data.learnedNote()));
  }

  private static Plot percentiles(StudyData data, String arm) {
    List<Series> all = data.medianRun(arm).observed();
    return Plot.curves(
        "Input of a hidden unit, " + arm, "step", "input to the sigmoid", all.subList(0, 3));
  }

  private static double drift(TrainedRun run) {
    List<Series.Point> points = run.observed().get(PERCENTILES.length).points();
    return points.get(points.size() - 1).y();
  }

  /** Records percentiles of unit 0 over the run, and the mean drift of all units. */
  private static final class Units implements TrainingObserver {
    private final int images;
    private final Activations inputs;
    private final List<List<Series.Point>> unit = new ArrayList<>();
    // One entry per observation: [unit][percentile].
    private final List<double[][]> looks = new ArrayList<>();
    private final List<Long> steps = new ArrayList<>();

    Units(Trainer trainer, Backend backend, String node) {
      images = Math.min(IMAGES, trainer.validationData().size());
      inputs = new Activations(trainer, backend, node, images);
      for (int i = 0; i < PERCENTILES.length; i++) {
        unit.add(new ArrayList<>());
      }
    }

    @Override
    public void look(long step) {
      float[] values = inputs.now();
      int units = inputs.shape().dim(0);
      double[][] found = new double[units][PERCENTILES.length];
      for (int u = 0; u < units; u++) {
        double[] column = new double[images];
        for (int n = 0; n < images; n++) {
          column[n] = values[n * units + u];
        }
        Arrays.sort(column);
        for (int p = 0; p < PERCENTILES.length; p++) {
          found[u][p] = column[PERCENTILES[p] * (images - 1) / 100];
        }
      }
      for (int p = 0; p < PERCENTILES.length; p++) {
        unit.get(p).add(new Series.Point(step, found[0][p]));
      }
      looks.add(found);
      steps.add(step);
    }

    @Override
    public List<Series> seen() {
      List<Series> all = new ArrayList<>();
      for (int p = 0; p < PERCENTILES.length; p++) {
        all.add(new Series(PERCENTILES[p] + "th percentile", unit.get(p)));
      }
      if (looks.size() > 1) {
        long last = steps.get(steps.size() - 1);
        all.add(new Series("drift", List.of(new Series.Point(last, drift(last)))));
      }
      return all;
    }

    private double drift(long last) {
      double sum = 0;
      int units = looks.get(0).length;
      for (int u = 0; u < units; u++) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        double width = 0;
        int n = 0;
        for (int i = 0; i < looks.size(); i++) {
          if (steps.get(i) < SETTLED * last) {
            continue;
          }
          double[] p = looks.get(i)[u];
          low = Math.min(low, p[1]);
          high = Math.max(high, p[1]);
          width += p[2] - p[0];
          n++;
        }
        sum += (high - low) / (width / n);
      }
      return sum / units;
    }

    @Override
    public void close() {
      inputs.close();
    }
  }
}
