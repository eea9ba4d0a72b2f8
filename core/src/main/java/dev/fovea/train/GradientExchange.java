package dev.fovea.train;

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
 *
 * @param parts the batches per step; with several, gradients are exchanged after the last
 */
record GradientExchange(ExchangeThread thread, TrainingProgram program, int parts)
    implements StepExchange {

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
    int total = statistics.stream().mapToInt(FloatBuffer::remaining).sum();
    if (total == 0) {
      thread.await();
      return;
    }
    // One message instead of one per vector.
    FloatBuffer packed =
        ByteBuffer.allocateDirect(total * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    statistics.forEach(s -> packed.put(s.duplicate()));
    packed.flip();
    thread.mean(packed);
    thread.await();
    for (FloatBuffer s : statistics) {
      s.duplicate().put(packed.slice(packed.position(), s.remaining()));
      packed.position(packed.position() + s.remaining());
    }
  }
}
