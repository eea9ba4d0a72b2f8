package dev.fovea.study;

import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.program.Backend;
import dev.fovea.tensor.Decimals;
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
 * Everything that a study concludes from: finished runs with their files, and the machine to
 * measure more on. Used on one thread.
 */
public final class StudyData {
  /** The part of the way from chance to everything right: to 30 % for ten classes. */
  private static final double LEARNT = 2.0 / 9;

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

  /** How the study is run. */
  public Setting setting() {
    return setting;
  }

  /** How long the runs were. */
  public Plan plan() {
    return plan;
  }

  /** The engine. */
  public Backend backend() {
    return backend;
  }

  /** The runs of an arm, one for each seed. */
  public List<TrainedRun> runs(String arm) {
    List<TrainedRun> found = runs.stream().filter(r -> r.arm().equals(arm)).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException("the study has no arm '" + arm + "'");
    }
    return found;
  }

  /** The mean of a number over the seeds of an arm. */
  public double mean(String arm, ToDoubleFunction<TrainedRun> number) {
    return runs(arm).stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  /** Mean validation top-1 at the end, in percent. */
  public double accuracy(String arm) {
    return mean(arm, TrainedRun::accuracy);
  }

  /**
   * Mean images per second in training, over the runs in which it was measured; NaN where it was in
   * none, as in a run that diverged at once or had nothing left to do when it was resumed.
   */
  public double speed(String arm) {
    return runs(arm).stream()
        .mapToDouble(TrainedRun::imagesPerSecond)
        .filter(s -> s > 0)
        .average()
        .orElse(Double.NaN);
  }

  /**
   * By how many points of mean accuracy one arm is better than another; NaN where neither has
   * learnt enough for that to mean anything, see {@link #learntNote}.
   */
  public double gain(String arm, String over) {
    return difference(accuracy(arm), accuracy(over));
  }

  /** The same for the accuracy on training images. */
  public double trainingGain(String arm, String over) {
    return difference(
        mean(arm, TrainedRun::trainingAccuracy), mean(over, TrainedRun::trainingAccuracy));
  }

  /** One accuracy less another, in percent; NaN where neither network has learnt. */
  public double difference(double one, double other) {
    return Math.max(one, other) < learnt() ? Double.NaN : one - other;
  }

  /** The accuracy in percent from which on a network has learnt something. */
  private double learnt() {
    double chance = 100.0 / runs.get(0).classes();
    return chance + LEARNT * (100 - chance);
  }

  /** A sentence for the notes of studies that use {@link #gain}. */
  public String learntNote() {
    return "A difference in accuracy has a value only if one of the two networks reaches "
        + percent(learnt())
        + ", two ninths of the way from chance to everything right: networks that have learnt"
        + " nothing are all equally good.";
  }

  /** A sentence for the notes that names the runs that diverged; empty if none did. */
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
                "%d of %d trainings diverged, that is, their loss stopped being a number: %s. Such"
                    + " a network answers nothing, so where its accuracy is compared it counts as"
                    + " 0 %%.",
                names.size(), runs.size(), String.join(", ", names)));
  }

  /**
   * Steps of an arm until it is as accurate as another ends, as a part of the other's: seed by
   * seed, then the mean. NaN if a run never gets there, or one of the others has not learnt.
   *
   * @param steps of a run of the other arm
   */
  public double stepsAsPart(String arm, String other, ToDoubleFunction<TrainedRun> steps) {
    List<TrainedRun> others = runs(other);
    double sum = 0;
    for (int i = 0; i < others.size(); i++) {
      double target = others.get(i).accuracy();
      double needed = target < learnt() ? Double.NaN : runs(arm).get(i).stepsTo(target);
      sum += needed / steps.applyAsDouble(others.get(i));
    }
    return sum / others.size();
  }

  /** The configuration that an arm was trained with. */
  public RunConfig config(String arm) {
    return arms.stream()
        .filter(a -> a.name().equals(arm))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the study has no arm '" + arm + "'"))
        .config();
  }

  /** The best weights of a run; there is no such file if it diverged in its first epoch. */
  public Path model(TrainedRun run) {
    return setting.runFolder(run.arm(), run.seed()).resolve("model.safetensors");
  }

  /** What a training step and an evaluation step of this configuration take here. */
  public StepTimes pace(RunConfig config, int classes) {
    listener.on(new StudyEvent.Measuring("the step of " + config.network().model()));
    return StepTimes.of(config, classes, backend);
  }

  /** The images that runs were evaluated on; the caller closes them. */
  public Dataset validation(String arm) {
    return RunData.open(config(arm), Split.VAL);
  }

  /** Tells that something else is measured now. */
  public void measuring(String what) {
    listener.on(new StudyEvent.Measuring(what));
  }

  /** A curve over the epochs of an arm's middle run; x counts steps. */
  public Series curve(String arm, String name, ToDoubleFunction<dev.fovea.train.EpochRow> y) {
    TrainedRun run = middle(arm);
    return new Series(
        name,
        run.epochs().stream().map(e -> new Series.Point(e.step(), y.applyAsDouble(e))).toList());
  }

  /** The run with the median accuracy. */
  public TrainedRun middle(String arm) {
    List<TrainedRun> sorted =
        runs(arm).stream().sorted(Comparator.comparingDouble(TrainedRun::accuracy)).toList();
    return sorted.get(sorted.size() / 2);
  }

  /**
   * How far apart runs are that differ only in their seed: a sentence for the notes, so that nobody
   * takes noise for an effect.
   */
  public String noise(List<String> names) {
    double squares = 0;
    int free = 0;
    for (String name : names) {
      double mean = accuracy(name);
      squares += runs(name).stream().mapToDouble(r -> square(r.accuracy() - mean)).sum();
      free += runs(name).size() - 1;
    }
    return free == 0
        ? "Each network was trained once, so how far seeds alone would move a number is not known;"
            + " three seeds and the time that they take would show it."
        : Decimals.format(
            "Between runs of one network that differ only in their seed, accuracy has a standard"
                + " deviation of %.2f points (pooled over %d networks).",
            Math.sqrt(squares / free), names.size());
  }

  private static double square(double x) {
    return x * x;
  }

  /** A table with one row for each arm: accuracies, their range over seeds, and speed. */
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

  /** {@code 91.25 %}. */
  public static String percent(double value) {
    return Decimals.format("%.2f %%", value);
  }
}
