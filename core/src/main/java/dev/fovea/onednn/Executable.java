package dev.fovea.onednn;

import java.util.Arrays;

/**
 * A flat list of calls, ready to run; immutable. The memory it works on must stay allocated.
 *
 * <p>Implementation notes: {@code completing} holds the number of calls after which each bucket of
 * gradients is complete, in ascending order.
 */
final class Executable {
  private final Instruction.Call[] calls;
  private final int[] completing;

  Executable(Instruction.Call[] calls) {
    this(calls.clone(), new int[0]);
  }

  private Executable(Instruction.Call[] calls, int[] completing) {
    this.calls = calls;
    this.completing = completing;
  }

  /** The same calls, which tell the step's exchange when each bucket is complete. */
  Executable completing(GradientBuckets buckets) {
    return new Executable(calls, buckets.callsNeeded());
  }

  /** Only the first {@code count} calls. */
  Executable first(int count) {
    return new Executable(Arrays.copyOf(calls, count));
  }

  /** Runs all calls in order. */
  void run(StepRun step) {
    int bucket = 0;
    for (int i = 0; i < calls.length; i++) {
      calls[i].run(step);
      while (bucket < completing.length && completing[bucket] <= i + 1) {
        step.exchange().ready(bucket++);
      }
    }
  }

  /** Runs all calls in order and adds the time of each, in nanoseconds, to {@code nanos}. */
  void run(StepRun step, long[] nanos) {
    for (int i = 0; i < calls.length; i++) {
      long start = System.nanoTime();
      calls[i].run(step);
      nanos[i] += System.nanoTime() - start;
    }
  }
}
