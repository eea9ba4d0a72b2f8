package dev.fovea.study.claims;

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
import dev.fovea.train.RunConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** Which initial scales of the weights and which learning rates train, with and without norms. */
final class InitialScaleStudy implements Study {
  /** Factors on the weights by He et al. */
  private static final double[] SCALES = {0.1, 0.3, 1, 3, 10};

  private static final double[] RATES = {0.001, 0.01, 0.1, 1};
  private static final double USUAL = 1;

  @Override
  public String name() {
    return "bn-init";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Batch norm forgives initial scales and rates",
        "A layer with batch norm is unaffected by the scale of its parameters. Without it a network"
            + " trains only with careful initialization and small learning rates; with it, also"
            + " with others.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 3.3");
  }

  @Override
  public List<String> setup(Scale scale) {
    String grid =
        "A grid of "
            + SCALES.length
            + " initial scales by "
            + RATES.length
            + " learning rates, from which a network is trained with and without batch norm. The"
            + " scale is a factor on all initial weights, which otherwise are those of He et al.,"
            + " with variance 2 / fan_in.";
    String trains =
        "A network trains if it is more accurate on new images than two ninths of the way from"
            + " chance to 100 %; a diverged network does not. Saturating nonlinearities are"
            + " measured by bn-speed.";
    return scale == Scale.FULL
        ? List.of(
            grid,
            "The modules of BN-Inception at an eighth of the width, as in bn-speed, for 20 epochs;"
                + " batch size 32, momentum 0.9, a constant rate, no weight decay. The paper argues"
                + " by a formula and shows no such grid.",
            trains)
        : List.of(
            grid,
            "Perceptrons of 8 hidden layers of 100 ReLUs, whose many short runs fit into the time;"
                + " batch size 32, momentum 0.9, a constant rate, no weight decay. The paper argues"
                + " by a formula and shows no such grid.",
            trains);
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "more-of-the-grid",
            2,
            "times",
            "with batch norm at least twice as many places of the grid train",
            "no number"),
        Criterion.atLeast(
            "wider-scales",
            10,
            "times",
            "from the smallest to the largest initial scale that trains at any rate, the range is"
                + " at least ten times as wide",
            "section 3.3: BN(Wu) = BN((aW)u) for every scale a"),
        Criterion.atLeast(
            "larger-rates",
            5,
            "times",
            "at the usual scale, the largest rate that trains is at least five times as large",
            "30 times its rate trains best; five times that of the plain network diverges"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (boolean norm : new boolean[] {false, true}) {
      for (double s : SCALES) {
        for (double rate : RATES) {
          arms.add(Arm.of(named(norm, s, rate), config(scale, norm, s, rate)));
        }
      }
    }
    return arms;
  }

  private static String named(boolean norm, double scale, double rate) {
    return (norm ? "BN" : "plain") + ", scale " + number(scale) + ", rate " + number(rate);
  }

  private static RunConfig config(Scale scale, boolean norm, double factor, double rate) {
    if (scale == Scale.QUICK) {
      return StudyConfigs.constant(StudyConfigs.perceptron(8, norm, factor), rate)
          .withBatch(32)
          .with(TrainingLength.epochs(20));
    }
    // With norms its standard deviation is sqrt(1 / (3 fan_in)), without them that of He et al.
    String model =
        norm
            ? "bn_inception_small(width=0.125,init_scale=" + factor * Math.sqrt(6) + ")"
            : "bn_inception_small(width=0.125,norm=none,init_scale=" + factor + ")";
    return StudyConfigs.constant(model, rate)
        .withBatch(32)
        .with(TrainingLength.epochs(20))
        .withAugment("flip");
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("more-of-the-grid", ratio(count(data, true), count(data, false)));
    measured.put("wider-scales", ratio(range(data, true), range(data, false)));
    measured.put("larger-rates", ratio(largestRate(data, true), largestRate(data, false)));
    return new Conclusion(
        measured,
        List.of(plot(data, false), plot(data, true)),
        List.of(table(data, false), table(data, true)),
        List.of(
            data.seedNote(data.arms()),
            count(data, false)
                + " of "
                + SCALES.length * RATES.length
                + " places of the grid train without batch norm, "
                + count(data, true)
                + " with it. If none trains without it, there is nothing to compare with."));
  }

  private static double ratio(double with, double without) {
    return without == 0 ? Double.NaN : with / without;
  }

  private static boolean trains(StudyData data, boolean norm, double scale, double rate) {
    return data.hasLearned(named(norm, scale, rate));
  }

  private static int count(StudyData data, boolean norm) {
    int count = 0;
    for (double s : SCALES) {
      count += (int) DoubleStream.of(RATES).filter(r -> trains(data, norm, s, r)).count();
    }
    return count;
  }

  /** Returns the largest scale that trains at any rate over the smallest one; 0 if none does. */
  private static double range(StudyData data, boolean norm) {
    double[] found =
        DoubleStream.of(SCALES)
            .filter(s -> DoubleStream.of(RATES).anyMatch(r -> trains(data, norm, s, r)))
            .toArray();
    return found.length == 0 ? 0 : found[found.length - 1] / found[0];
  }

  /** Returns the largest rate that trains at the usual scale; 0 if none does. */
  private static double largestRate(StudyData data, boolean norm) {
    return DoubleStream.of(RATES).filter(r -> trains(data, norm, USUAL, r)).max().orElse(0);
  }

  private static Plot plot(StudyData data, boolean norm) {
    return new Plot(
        "Accuracy by initial scale, " + (norm ? "with" : "without") + " batch norm",
        "initial scale",
        "top-1 (%)",
        Plot.Kind.CURVES,
        true,
        DoubleStream.of(RATES)
            .mapToObj(
                r ->
                    new Series(
                        "rate " + number(r),
                        DoubleStream.of(SCALES)
                            .mapToObj(s -> new Series.Point(s, data.accuracy(named(norm, s, r))))
                            .toList()))
            .toList(),
        List.of());
  }

  private static Grid table(StudyData data, boolean norm) {
    List<String> columns = new ArrayList<>(List.of("initial scale"));
    DoubleStream.of(RATES).forEach(r -> columns.add("rate " + number(r)));
    List<List<String>> rows = new ArrayList<>();
    for (double s : SCALES) {
      List<String> row = new ArrayList<>(List.of(number(s)));
      for (double r : RATES) {
        String arm = named(norm, s, r);
        boolean diverged = data.runs(arm).stream().allMatch(run -> run.diverged());
        row.add(
            diverged
                ? "diverged"
                : StudyData.percent(data.accuracy(arm))
                    + (trains(data, norm, s, r) ? ", trains" : ""));
      }
      rows.add(row);
    }
    return new Grid(
        "Validation top-1 " + (norm ? "with" : "without") + " batch norm", columns, rows);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
