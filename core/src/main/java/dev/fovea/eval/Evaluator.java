package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The evaluation loop. */
public final class Evaluator {
  private Evaluator() {}

  /** The figures of {@code program} over all images that {@code loader} gives. */
  public static Evaluation evaluate(InferenceProgram program, Loader loader) {
    return evaluate(program, loader, () -> false).orElseThrow();
  }

  /**
   * The same, given up when {@code stop} says so.
   *
   * @param loader evaluation batches of the program's size; the last may be partly filled
   * @return empty if it was given up
   */
  public static Optional<Evaluation> evaluate(
      InferenceProgram program, Loader loader, BooleanSupplier stop) {
    int classes = loader.dataset().classes().size();
    Tally tally = new Tally(loader.dataset().classes());
    float[] logits = new float[loader.format().batch() * classes];
    try (Loader.Batches batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        if (stop.getAsBoolean()) {
          return Optional.empty();
        }
        try (Batch batch = batches.next()) {
          program.run(batch.pixels(), logits);
          for (int i = 0; i < batch.count(); i++) {
            tally.add(Softmax.log(logits, i * classes, classes), batch.labels()[i]);
          }
        }
      }
    }
    return Optional.of(tally.result());
  }
}
