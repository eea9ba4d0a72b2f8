package dev.fovea.study;

import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.StepTimes;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The data a study draws its conclusion from: finished runs with their files, and the backend for
 * further measurements. Not thread-safe.
 */
public final class StudyData {
  /** Fraction of the way from chance to 100 % accuracy: 30 % accuracy for ten classes. */
  private static final double LEARNED = 2.0 / 9;

  private final Setting setting;
  private final Plan plan;
  private final List<Arm> arms;
  private final List<TrainedRun> runs;
  private final Backend backend;
  private final StudyListener listener;

  StudyData(
      Setting setting,
      Plan plan,
      List<Arm> arms,
      List<TrainedRun> runs,
      Backend backend,
      StudyListener listener) {
    this.setting = setting;
    this.plan = plan;
    this.arms = List.copyOf(arms);
    this.runs = List.copyOf(runs);
    this.backend = backend;
    this.listener = listener;
  }

  /** Returns how the study is run. */
  public Setting setting() {
    return setting;
  }

  /** Returns the length of the runs. */
  public Plan plan() {
    return plan;
  }

  /** Returns the engine. */
  public Backend backend() {
    return backend;
  }

  /** Returns the names of all arms, in order. */
  public List<String> arms() {
    return arms.stream().map(Arm::name).toList();
  }

  /** Returns the runs of an arm, one per seed. */
  public List<TrainedRun> runs(String arm) {
    List<TrainedRun> found = runs.stream().filter(r -> r.arm().equals(arm)).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException("the study has no arm '" + arm + "'");
    }
    return found;
  }

  /** Returns the mean of a number over the seeds of an arm. */
  public double mean(String arm, ToDoubleFunction<TrainedRun> number) {
    return runs(arm).stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  /** Returns the mean final validation top-1 in percent. */
  public double accuracy(String arm) {
    return mean(arm, TrainedRun::accuracy);
  }

  /**
   * Returns the mean training throughput in images per second over the runs in which it was
   * measured; NaN if it was not measured in any, for example because they diverged at once or had
   * no steps left when resumed.
   */
  public double speed(String arm) {
    return runs(arm).stream()
        .mapToDouble(TrainedRun::imagesPerSecond)
        .filter(s -> s > 0)
        .average()
        .orElse(Double.NaN);
  }

  /**
   * Returns how many points of mean accuracy one arm is better than another; NaN if neither has
   * learned enough for a meaningful comparison, see {@link #learnedNote}.
   */
  public double gain(String arm, String over) {
    return difference(accuracy(arm), accuracy(over));
  }

  /** Returns whether the mean accuracy of an arm is that of a network that has learned. */
  public boolean hasLearned(String arm) {
    return accuracy(arm) >= learnedThreshold();
  }

  /** Returns the same difference in accuracy on training images. */
  public double trainingGain(String arm, String over) {
    return difference(
        mean(arm, TrainedRun::trainingAccuracy), mean(over, TrainedRun::trainingAccuracy));
  }

  /** Returns one accuracy minus another, in percent; NaN if neither network has learned. */
  public double difference(double one, double other) {
    return Math.max(one, other) < learnedThreshold() ? Double.NaN : one - other;
  }

  /** Returns the accuracy in percent from which a network counts as having learned. */
  private double learnedThreshold() {
    double chance = 100.0 / runs.get(0).classes();
    return chance + LEARNED * (100 - chance);
  }

  /** Returns the note of studies that use {@link #gain}. */
  public String learnedNote() {
    return "A difference in accuracy has a value only if one of the two networks reaches "
        + percent(learnedThreshold())
        + ", two ninths of the way from chance to 100 %: networks that have learned nothing"
        + " cannot be compared.";
  }

  /** Returns a note naming the runs that diverged; empty if none did. */
  Optional<String> divergedNote() {
    List<String> names =
        runs.stream()
            .filter(TrainedRun::diverged)
            .map(r -> plan.seeds() == 1 ? r.arm() : r.arm() + " (seed " + r.seed() + ")")
            .toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Decimals.format(
                "%d of %d runs diverged, that is, their loss became NaN or infinite: %s. Such a"
                    + " network gives no answers, so its accuracy counts as 0 %% in"
                    + " comparisons.",
                names.size(), runs.size(), String.join(", ", names)));
  }

  /**
   * Returns the steps an arm needs to reach the final accuracy of another, as a fraction of the
   * other's steps; computed per seed, then averaged. NaN if a run never reaches it, or a run of the
   * other arm has not learned.
   *
   * @param steps of a run of the other arm
   */
  public double stepsAsFraction(String arm, String other, ToDoubleFunction<TrainedRun> steps) {
    List<TrainedRun> others = runs(other);
    double sum = 0;
    for (int i = 0; i < others.size(); i++) {
      double target = others.get(i).accuracy();
      double needed = target < learnedThreshold() ? Double.NaN : runs(arm).get(i).stepsTo(target);
      sum += needed / steps.applyAsDouble(others.get(i));
    }
    return sum / others.size();
  }

  /** Returns the configuration that an arm was trained with. */
  public RunConfig config(String arm) {
    return arms.stream()
        .filter(a -> a.name().equals(arm))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the study has no arm '" + arm + "'"))
        .config();
  }

  /** Returns the model file of a run; missing if the run diverged in its first epoch. */
  public Path model(TrainedRun run) {
    return setting.runFolder(run.arm(), run.seed()).resolve("model.safetensors");
  }

  /** Measures the time of a training step and of an evaluation step of a configuration. */
  public StepTimes stepTimes(RunConfig config, int classes) {
    listener.on(new StudyEvent.Measuring("the step of " + Graph.title(config.network().model())));
    return StepTimes.of(config, classes, backend);
  }

  /**
   * Opens the validation images of an arm, all that {@link Study#images} may choose from; the
   * caller closes them.
   */
  public Dataset validation(String arm) {
    return RunData.open(config(arm), Split.VAL);
  }

  /** Reports to the listener what is measured next. */
  public void measuring(String what) {
    listener.on(new StudyEvent.Measuring(what));
  }

  /** Returns a curve over the epochs of an arm's median run; x is in steps. */
  public Series curve(String arm, String name, ToDoubleFunction<EpochRow> y) {
    TrainedRun run = medianRun(arm);
    return new Series(
        name,
        run.epochs().stream().map(e -> new Series.Point(e.step(), y.applyAsDouble(e))).toList());
  }

  /** Returns the accuracy on new images over the steps, one curve per arm. */
  public Plot accuracies(List<String> names) {
    return Plot.curves(
        "Accuracy on new images",
        "step",
        "top-1 (%)",
        names.stream().map(n -> curve(n, n, e -> 100 * e.evaluated().top1())).toList());
  }

  /** Returns the error on new images over the steps, one curve per arm. */
  public Plot errors(String title, List<String> names) {
    return Plot.curves(
        title,
        "step",
        "error (%)",
        names.stream().map(n -> curve(n, n, e -> 100 - 100 * e.evaluated().top1())).toList());
  }

  /** Returns the accuracies of an arm's runs, one dot each, at {@code x}. */
  public Series dots(String arm, double x) {
    return new Series(arm, runs(arm).stream().map(r -> new Series.Point(x, r.accuracy())).toList());
  }

  /** Returns the run with the median accuracy. */
  public TrainedRun medianRun(String arm) {
    List<TrainedRun> sorted =
        runs(arm).stream().sorted(Comparator.comparingDouble(TrainedRun::accuracy)).toList();
    return sorted.get(sorted.size() / 2);
  }

  /**
   * Returns a note on the variation between runs that differ only in their seed, so that noise is
   * not mistaken for an effect.
   */
  public String seedNote(List<String> names) {
    double squares = 0;
    int free = 0;
    for (String name : names) {
      double mean = accuracy(name);
      squares += runs(name).stream().mapToDouble(r -> square(r.accuracy() - mean)).sum();
      free += runs(name).size() - 1;
    }
    return free == 0
        ? "Each network was trained once, so the variation between seeds is unknown; a study with"
            + " three seeds would measure it, at three times the cost."
        : Decimals.format(
            "Between runs of one network that differ only in their seed, accuracy has a standard"
                + " deviation of %.2f points (pooled over %d networks).",
            Math.sqrt(squares / free), names.size());
  }

  private static double square(double x) {
    return x * x;
  }

  /** Returns a table with one row per arm: mean accuracies, accuracy per seed, and throughput. */
  public Grid table(String title, List<String> names) {
    Function<TrainedRun, String> one = r -> r.diverged() ? "diverged" : percent(r.accuracy());
    return new Grid(
        title,
        List.of(
            "network",
            "validation top-1",
            "each seed",
            "training top-1",
            "steps",
            "images/s in training"),
        names.stream()
            .map(
                n ->
                    List.of(
                        n,
                        percent(accuracy(n)),
                        String.join(", ", runs(n).stream().map(one).toList()),
                        percent(mean(n, TrainedRun::trainingAccuracy)),
                        Decimals.format("%,.0f", mean(n, TrainedRun::steps)),
                        Decimals.format("%,.0f", speed(n))))
            .toList());
  }

  /** Formats a percentage, for example {@code 91.25 %}. */
  public static String percent(double value) {
    return Decimals.format("%.2f %%", value);
  }
}
