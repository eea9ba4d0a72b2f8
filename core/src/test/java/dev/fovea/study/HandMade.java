package dev.fovea.study;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Precision;
import dev.fovea.train.EpochRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs that nobody trained, for conclusions that can be worked out by hand. */
public final class HandMade {
  private static final long STEPS_PER_EPOCH = 10;
  private static final double SECONDS_PER_EPOCH = 4;
  private static final int CLASSES = 10;

  private HandMade() {}

  /** What a study concludes from these runs. */
  public static Conclusion conclusion(Study study, Scale scale, List<TrainedRun> runs) {
    return study.conclude(data(study, scale, runs));
  }

  /** The data of a study with these runs, in which nothing may be measured. */
  public static StudyData data(Study study, Scale scale, List<TrainedRun> runs) {
    Setting setting =
        new Setting(
            scale, "shapes", 1, Duration.ofMinutes(1), Path.of("nowhere"), Precision.F32, 1);
    return new StudyData(
        setting,
        Plan.full(1),
        study.arms(scale),
        runs,
        new OneDnnBackend(),
        e -> {
          throw new AssertionError("nothing is to be measured, but was: " + e);
        });
  }

  /** A run for each arm, of two epochs, with its validation accuracy at the end in percent. */
  public static List<TrainedRun> runs(Map<String, Double> accuracies) {
    List<TrainedRun> runs = new ArrayList<>();
    accuracies.forEach((arm, accuracy) -> runs.add(run(arm, 0, accuracy / 2, accuracy)));
    return runs;
  }

  /** A run with its validation accuracy after each epoch in percent; it trains at 128 images/s. */
  public static TrainedRun run(String arm, long seed, double... accuracies) {
    return new TrainedRun(arm, seed, CLASSES, false, rows(accuracies), 128, List.of());
  }

  /** The same with another speed; its epochs take 4 seconds all the same. */
  public static TrainedRun at(double imagesPerSecond, TrainedRun run) {
    return new TrainedRun(
        run.arm(),
        run.seed(),
        run.classes(),
        run.diverged(),
        run.epochs(),
        imagesPerSecond,
        run.observed());
  }

  /** The same of another number of classes. */
  public static TrainedRun ofClasses(int classes, TrainedRun run) {
    return new TrainedRun(
        run.arm(),
        run.seed(),
        classes,
        run.diverged(),
        run.epochs(),
        run.imagesPerSecond(),
        run.observed());
  }

  /** The same with these training losses, one per epoch. */
  public static TrainedRun losing(TrainedRun run, double... losses) {
    List<EpochRow> rows = new ArrayList<>();
    for (EpochRow e : run.epochs()) {
      rows.add(
          new EpochRow(
              e.epoch(),
              e.step(),
              new EpochRow.Training(losses[rows.size()], e.train().top1()),
              e.val(),
              e.rate(),
              e.seconds()));
    }
    return new TrainedRun(
        run.arm(),
        run.seed(),
        run.classes(),
        run.diverged(),
        rows,
        run.imagesPerSecond(),
        run.observed());
  }

  /** The same with one series of these values over 1, 2, ... */
  public static TrainedRun observing(TrainedRun run, double... values) {
    List<Series.Point> points = new ArrayList<>();
    for (double v : values) {
      points.add(new Series.Point(points.size() + 1, v));
    }
    return new TrainedRun(
        run.arm(),
        run.seed(),
        run.classes(),
        run.diverged(),
        run.epochs(),
        run.imagesPerSecond(),
        List.of(new Series("values", points)));
  }

  /** What an observer of the progress saw at steps 0, 10, 20, ... of a run of ten classes. */
  public static List<Series> progress(double... accuracies) {
    List<Series.Point> points = new ArrayList<>();
    for (double a : accuracies) {
      points.add(new Series.Point(STEPS_PER_EPOCH * points.size(), a));
    }
    List<Series.Point> chance = List.of(new Series.Point(0, 100.0 / CLASSES));
    return List.of(new Series("top-1", points), new Series("chance", chance));
  }

  /** The same run, but diverged. */
  public static TrainedRun diverged(String arm) {
    return new TrainedRun(arm, 0, CLASSES, true, List.of(), 0, List.of());
  }

  private static List<EpochRow> rows(double... accuracies) {
    List<EpochRow> rows = new ArrayList<>();
    for (int i = 1; i <= accuracies.length; i++) {
      double top1 = accuracies[i - 1] / 100;
      rows.add(
          new EpochRow(
              i,
              i * STEPS_PER_EPOCH,
              new EpochRow.Training(1, top1),
              Optional.of(new EpochRow.Validation(1, top1, 1)),
              0.1,
              i * SECONDS_PER_EPOCH));
    }
    return rows;
  }
}
