package dev.fovea.study.claims;

import dev.fovea.program.Backend;
import dev.fovea.study.Series;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.TrainingObserver;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.List;

/**
 * Records the accuracy on a subset of the validation images at every observation, for a finer
 * resolution than one value per epoch.
 */
final class Progress implements TrainingObserver {
  /** With this many images, accuracy has a standard error of at most 2.2 points. */
  static final int IMAGES = 500;

  /** Where the last tenth of a run starts, whose mean accuracy is the target. */
  private static final double END = 0.9;

  /** The accuracy of a network that has learned something, in multiples of chance. */
  private static final double MORE_THAN_CHANCE = 1.5;

  private final Answers answers;
  private final List<Series.Point> accuracy = new ArrayList<>();

  Progress(Trainer trainer, Backend backend) {
    answers = new Answers(trainer, backend, IMAGES);
  }

  @Override
  public void look(long step) {
    int[] count = new int[2];
    answers.forEach(
        (logits, label) -> {
          count[0] += best(logits) == label ? 1 : 0;
          count[1]++;
        });
    accuracy.add(new Series.Point(step, 100.0 * count[0] / count[1]));
  }

  /** Returns the index of the largest logit, the first of equal ones. */
  static int best(float[] logits) {
    int best = 0;
    for (int k = 1; k < logits.length; k++) {
      best = logits[k] > logits[best] ? k : best;
    }
    return best;
  }

  @Override
  public List<Series> seen() {
    return List.of(
        new Series("top-1", accuracy),
        new Series("chance", List.of(new Series.Point(0, 100.0 / answers.classes()))));
  }

  @Override
  public void close() {
    answers.close();
  }

  /** Returns top-1 in percent over a run: per observation if it was observed, else per epoch. */
  static List<Series.Point> of(TrainedRun run) {
    return run.observed().isEmpty()
        ? run.epochs().stream()
            .map(e -> new Series.Point(e.step(), 100 * e.evaluated().top1()))
            .toList()
        : run.observed().get(0).points();
  }

  /** Returns the chance level of top-1 in percent; the run must have been observed. */
  static double chance(TrainedRun run) {
    return run.observed().get(1).points().get(0).y();
  }

  /** Returns the mean over the last tenth of a run; 0 for a diverged run. */
  static double end(TrainedRun run) {
    List<Series.Point> all = of(run);
    if (run.diverged() || all.isEmpty()) {
      return 0;
    }
    double from = END * all.get(all.size() - 1).x();
    return all.stream()
        .filter(p -> p.x() >= from)
        .mapToDouble(Series.Point::y)
        .average()
        .orElse(Double.NaN);
  }

  /** Returns the steps until {@code percent} was first reached; NaN if never. */
  static double steps(TrainedRun run, double percent) {
    return of(run).stream()
        .filter(p -> p.y() >= percent)
        .mapToDouble(Series.Point::x)
        .findFirst()
        .orElse(Double.NaN);
  }

  /**
   * Returns the steps of an arm to the final accuracy of another, as a fraction of the other's own
   * steps to it, averaged over the seeds; NaN if a run never reaches it, or if that accuracy is
   * hardly above chance.
   */
  static double stepsFraction(StudyData data, String arm, String other) {
    List<TrainedRun> others = data.runs(other);
    List<TrainedRun> runs = data.runs(arm);
    double sum = 0;
    for (int i = 0; i < runs.size(); i++) {
      double target = end(others.get(i));
      if (target < MORE_THAN_CHANCE * chance(others.get(i))) {
        return Double.NaN;
      }
      sum += steps(runs.get(i), target) / steps(others.get(i), target);
    }
    return sum / runs.size();
  }
}
