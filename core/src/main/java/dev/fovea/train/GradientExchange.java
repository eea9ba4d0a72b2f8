package dev.fovea.train;

import dev.fovea.collective.Collective;
import dev.fovea.collective.ExchangeThread;
import dev.fovea.program.StepExchange;
import dev.fovea.program.TrainingProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * What the steps of a program exchange with those of other ranks: gradients become their means over
 * all ranks while the backward pass goes on, running statistics afterwards.
 *
 * <p>The mean of the ranks' running statistics is what the mean of their batches' statistics would
 * have made of them, because they are linear in these. Used by the training thread.
 */
final class GradientExchange implements StepExchange {
  private final ExchangeThread thread;
  private final TrainingProgram program;
  private final int parts;
  private final FloatBuffer packed;

  /**
   * Creates an exchange for all steps of a program.
   *
   * @param parts the batches per step; with several, gradients are exchanged after the last
   */
  GradientExchange(ExchangeThread thread, TrainingProgram program, int parts) {
    this.thread = thread;
    this.program = program;
    this.parts = parts;
    int values = program.runningStatistics().stream().mapToInt(FloatBuffer::remaining).sum();
    this.packed =
        ByteBuffer.allocateDirect(values * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
  }

  @Override
  public void sum(FloatBuffer values) {
    thread.sum(values);
  }

  @Override
  public void ready(int bucket) {
    if (parts == 1) {
      thread.mean(program.gradientBuckets().get(bucket));
    }
  }

  /** Completes a step, whose gradients over all batches are in the program; waits. */
  void complete() {
    if (parts > 1) {
      program.gradientBuckets().forEach(thread::mean);
    }
    averageStatistics();
  }

  /** Replaces the running statistics by their means over all ranks; waits. */
  void averageStatistics() {
    List<FloatBuffer> statistics = program.runningStatistics();
    // A few messages instead of one per vector, each so short that nothing is rounded to fewer
    // bits: of that, running statistics would keep the error, whereas gradients are new each time.
    packed.clear();
    statistics.forEach(s -> packed.put(s.duplicate()));
    for (int from = 0; from < packed.capacity(); from += Collective.EXACT_VALUES) {
      int n = Math.min(Collective.EXACT_VALUES, packed.capacity() - from);
      thread.mean(packed.slice(from, n));
    }
    thread.await();
    int at = 0;
    for (FloatBuffer s : statistics) {
      s.put(s.position(), packed, at, s.remaining());
      at += s.remaining();
    }
  }
}
