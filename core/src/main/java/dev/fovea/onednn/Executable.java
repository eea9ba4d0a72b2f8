package dev.fovea.onednn;

import java.util.Arrays;

/** A flat list of calls over memory that must stay allocated while it is used; immutable. */
final class Executable {
  private final Instruction.Call[] calls;

  Executable(Instruction.Call[] calls) {
    this.calls = calls.clone();
  }

  /** The first {@code count} calls alone. */
  Executable first(int count) {
    return new Executable(Arrays.copyOf(calls, count));
  }

  /** Runs everything in order. */
  void run(StepRun step) {
    for (Instruction.Call call : calls) {
      call.run(step);
    }
  }

  /** Runs everything in order and adds the nanoseconds of each call to {@code nanos}. */
  void run(StepRun step, long[] nanos) {
    for (int i = 0; i < calls.length; i++) {
      long start = System.nanoTime();
      calls[i].run(step);
      nanos[i] += System.nanoTime() - start;
    }
  }
}
