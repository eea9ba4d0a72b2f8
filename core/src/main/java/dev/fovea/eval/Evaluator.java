package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.InferenceProgram;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

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

  /** Exchanges the outputs of one batch per rank, for ranks that evaluate together. */
  public interface Round {
    /**
     * Gives every rank what each rank computes.
     *
     * @return in the order of the ranks; empty, on all ranks, to stop
     */
    Optional<List<byte[]>> exchange(Supplier<byte[]> own);
  }

  /**
   * Evaluates {@code program} on several ranks, of which each computes the batches that its loader
   * has; all add the outputs of all in the order of the data set, so that the figures are the same
   * on each of them and for any number of ranks.
   *
   * @param loader with the {@link dev.fovea.data.loader.RankShare} of this rank
   * @return empty if it was stopped
   */
  public static Optional<Evaluation> evaluate(
      InferenceProgram program, Loader loader, List<Metric> metrics, int ranks, Round round) {
    int classes = loader.dataset().classes().size();
    Tally tally = new Tally(loader.dataset().classes(), metrics);
    float[] logits = new float[loader.format().batch() * classes];
    try (Loader.Batches batches = loader.epoch(0)) {
      for (int first = 0; first < loader.batchesPerEpoch(); first += ranks) {
        Optional<List<byte[]>> outputs =
            round.exchange(() -> batches.hasNext() ? run(program, batches, logits) : new byte[0]);
        if (outputs.isEmpty()) {
          return Optional.empty();
        }
        outputs.get().forEach(output -> add(output, classes, tally));
      }
    }
    return Optional.of(tally.result());
  }

  // The labels of the images, then their logits.
  private static byte[] run(InferenceProgram program, Loader.Batches batches, float[] logits) {
    try (Batch batch = batches.next()) {
      program.run(batch.pixels(), logits);
      int classes = logits.length / batch.format().batch();
      ByteBuffer output = ByteBuffer.allocate(batch.count() * (1 + classes) * Float.BYTES);
      output.asIntBuffer().put(batch.labels(), 0, batch.count());
      output
          .position(batch.count() * Integer.BYTES)
          .asFloatBuffer()
          .put(logits, 0, batch.count() * classes);
      return output.array();
    }
  }

  private static void add(byte[] output, int classes, Tally tally) {
    int count = output.length / ((1 + classes) * Float.BYTES);
    ByteBuffer bytes = ByteBuffer.wrap(output);
    float[] logits = new float[count * classes];
    bytes.slice(count * Integer.BYTES, logits.length * Float.BYTES).asFloatBuffer().get(logits);
    for (int i = 0; i < count; i++) {
      tally.add(Softmax.log(logits, i * classes, classes), bytes.getInt());
    }
  }
}
