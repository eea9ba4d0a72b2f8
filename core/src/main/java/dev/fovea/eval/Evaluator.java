package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Evaluates a compiled network on a data set. */
public final class Evaluator {
  private Evaluator() {}

  /** Evaluates {@code program} on all images of {@code loader}. */
  public static Evaluation evaluate(InferenceProgram program, Loader loader) {
    return evaluate(program, loader, () -> false).orElseThrow();
  }

  /**
   * Evaluates {@code program} on all images of {@code loader} unless stopped.
   *
   * @param loader evaluation batches of the program's size; the last may be partially filled
   * @param stop polled between batches; returns true to stop
   * @return empty if it was stopped
   */
  public static Optional<Evaluation> evaluate(
      InferenceProgram program, Loader loader, BooleanSupplier stop) {
    return evaluate(program, loader, List.of(), stop);
  }

  /**
   * Evaluates {@code program} on all images of {@code loader} unless stopped.
   *
   * @param loader evaluation batches of the program's size; the last may be partially filled
   * @param metrics further figures to compute
   * @param stop polled between batches; returns true to stop
   * @return empty if it was stopped
   */
  public static Optional<Evaluation> evaluate(
      InferenceProgram program, Loader loader, List<Metric> metrics, BooleanSupplier stop) {
    int classes = loader.dataset().classes().size();
    Tally tally = new Tally(loader.dataset().classes(), metrics);
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
