package dev.fovea.onednn;

import java.util.Arrays;

/** A flat list of calls, ready to run; immutable. The memory it works on must stay allocated. */
final class Executable {
  private final Instruction.Call[] calls;

  Executable(Instruction.Call[] calls) {
    this.calls = calls.clone();
  }

  /** Only the first {@code count} calls. */
  Executable first(int count) {
    return new Executable(Arrays.copyOf(calls, count));
  }

  /** Runs all calls in order. */
  void run(StepRun step) {
    for (Instruction.Call call : calls) {
      call.run(step);
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
