package dev.fovea.study.claims;

import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.program.Backend;
import dev.fovea.study.Series;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.TrainingObserver;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.Trainer;
import java.util.List;

/**
 * Measures a finished network on all validation images, where a quick study evaluates only a
 * fraction after each epoch.
 */
final class WholeTest {
  private WholeTest() {}

  static TrainingObserver of(Trainer trainer, Backend backend) {
    return new FinalMeasurement(() -> measured(trainer, backend));
  }

  private static List<Series> measured(Trainer trainer, Backend backend) {
    RunConfig c = trainer.config();
    try (Dataset all = RunData.open(c.with(c.data().withFraction(1)), Split.VAL);
        Answers answers = new Answers(trainer, backend, all)) {
      int[] right = new int[1];
      answers.forEach((logits, label) -> right[0] += Progress.best(logits) == label ? 1 : 0);
      double accuracy = 100.0 * right[0] / all.size();
      return List.of(new Series("top-1", List.of(new Series.Point(all.size(), accuracy))));
    }
  }

  /** Returns top-1 in percent of a run's finished network; 0 if it diverged. */
  static double accuracy(TrainedRun run) {
    return run.observed().isEmpty() ? 0 : run.observed().get(0).points().get(0).y();
  }
}
