package dev.fovea.study.claims;

import dev.fovea.data.source.Dataset;
import dev.fovea.eval.Softmax;
import dev.fovea.eval.Tally;
import dev.fovea.program.Backend;
import dev.fovea.study.Series;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.TrainingObserver;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Measures the confidence of a finished network on all validation images. */
final class Confidence {
  private static final double GAP_BIN = 0.5;
  private static final int BINS = 10;

  // Indices of the observed series.
  private static final int FIGURES = 0;
  private static final int GAPS = 1;
  private static final int RELIABILITY = 2;
  // Indices into the series of figures.
  private static final int MEAN_GAP = 0;
  private static final int ERROR = 1;

  private Confidence() {}

  static TrainingObserver of(Trainer trainer, Backend backend) {
    return new FinalMeasurement(() -> measured(trainer, backend));
  }

  private static List<Series> measured(Trainer trainer, Backend backend) {
    Dataset all = trainer.validationData();
    Sums sums = new Sums(new Tally(all.classes()));
    try (Answers answers = new Answers(trainer, backend, all.size())) {
      answers.forEach(sums::add);
    }
    return sums.series();
  }

  /** Returns the mean gap between the largest logit and the mean of the others; NaN if diverged. */
  static double gap(TrainedRun run) {
    return figure(run, MEAN_GAP);
  }

  /** Returns the expected calibration error in percent; NaN if diverged. */
  static double error(TrainedRun run) {
    return figure(run, ERROR);
  }

  private static double figure(TrainedRun run, int which) {
    return run.observed().isEmpty()
        ? Double.NaN
        : run.observed().get(FIGURES).points().get(which).y();
  }

  /** Returns the histogram of logit gaps, in percent of the images. */
  static Series gaps(TrainedRun run, String name) {
    return renamed(run, GAPS, name);
  }

  /** Returns accuracy in percent over confidence in percent. */
  static Series reliability(TrainedRun run, String name) {
    return renamed(run, RELIABILITY, name);
  }

  private static Series renamed(TrainedRun run, int which, String name) {
    return new Series(
        name, run.observed().isEmpty() ? List.of() : run.observed().get(which).points());
  }

  /** Accumulates statistics image by image. */
  static final class Sums {
    private final Tally tally;
    private final TreeMap<Long, Integer> gaps = new TreeMap<>();
    private final int[] images = new int[BINS];
    private final int[] right = new int[BINS];
    private final double[] confidence = new double[BINS];
    private double gapSum;
    private int count;

    Sums(Tally tally) {
      this.tally = tally;
    }

    void add(float[] logits, int label) {
      int best = 0;
      double sum = 0;
      for (int k = 0; k < logits.length; k++) {
        best = logits[k] > logits[best] ? k : best;
        sum += logits[k];
      }
      double gap = logits[best] - (sum - logits[best]) / (logits.length - 1);
      gapSum += gap;
      count++;
      gaps.merge((long) Math.floor(gap / GAP_BIN), 1, Integer::sum);
      double[] log = Softmax.log(logits, 0, logits.length);
      tally.add(log, label);
      double sure = StrictMath.exp(log[best]);
      int bin = Math.min(BINS - 1, (int) (sure * BINS));
      images[bin]++;
      confidence[bin] += sure;
      right[bin] += best == label ? 1 : 0;
    }

    List<Series> series() {
      List<Series.Point> reliability = new ArrayList<>();
      for (int b = 0; b < BINS; b++) {
        if (images[b] > 0) {
          reliability.add(
              new Series.Point(100 * confidence[b] / images[b], 100.0 * right[b] / images[b]));
        }
      }
      return List.of(
          new Series(
              "figures",
              List.of(
                  new Series.Point(MEAN_GAP, gapSum / count),
                  new Series.Point(ERROR, 100 * tally.result().calibrationError()))),
          new Series(
              "gaps",
              gaps.entrySet().stream()
                  .map(
                      e ->
                          new Series.Point(
                              (e.getKey() + 0.5) * GAP_BIN, 100.0 * e.getValue() / count))
                  .toList()),
          new Series("reliability", reliability));
    }
  }
}
