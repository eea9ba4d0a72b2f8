package dev.fovea.train;

import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ProgramException;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.SystemMemory;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory a run needs, in bytes: a part proportional to the batch size, and a fixed part.
 *
 * @param run names the network and precision in messages
 * @param ranks that divide each batch among them
 * @param batch images per step on this rank
 * @param perImage activations, workspaces and loader buffers per image of a batch
 * @param fixed weights, gradients, optimizer state, and evaluation if its batch size differs from
 *     that of training
 * @param heap the expected size of the Java heap
 * @param heapLimit the maximum size of the Java heap
 * @param memory the engine's setting for trading memory for time
 */
record MemoryNeed(
    String run,
    int ranks,
    int batch,
    double perImage,
    long fixed,
    long heap,
    long heapLimit,
    Memory memory) {
  /** Java's memory outside the heap: classes, compiled code, stacks, native libraries. */
  static final long JAVA = 160L << 20;

  // The heap still grows when image decoding starts, after this estimate.
  private static final long LEAST_HEAP = 96L << 20;
  private static final double GROWTH = 1.5;
  private static final double CLOSE = 0.9;

  /** Returns the memory that a compiled phase needs for training and evaluation. */
  static MemoryNeed of(TrainingSetup setup, CompiledPhase phase) {
    ProgramReport training = phase.program().report();
    ProgramReport inference = phase.inference().report();
    long buffers = setup.loading().prefetch() + 1L;
    long step = training.arenaBytes() + buffers * phase.training().format().bytes();
    long evaluation = inference.arenaBytes() + buffers * phase.validation().format().bytes();
    boolean sameBatch = setup.config().engine().evalBatch() == setup.rankBatch();
    Runtime java = Runtime.getRuntime();
    long heap = Math.max(LEAST_HEAP, (long) (GROWTH * java.totalMemory()));
    return new MemoryNeed(
        setup.graph().name() + " in " + training.precision(),
        setup.share().ranks(),
        setup.rankBatch(),
        (step + (sameBatch ? evaluation : 0)) / (double) setup.rankBatch(),
        training.parameterBytes() + inference.parameterBytes() + (sameBatch ? 0 : evaluation),
        Math.min(java.maxMemory(), heap),
        java.maxMemory(),
        setup.config().engine().memory());
  }

  /** Returns the total. */
  long bytes() {
    return (long) (batch * perImage) + fixed + heap + JAVA;
  }

  /**
   * Compares the need with the memory the system allows.
   *
   * @return a note for the user if memory is tight
   * @throws ProgramException if the run does not fit, naming a batch size that would
   */
  Optional<String> check(SystemMemory system) {
    OptionalLong allowed = system.allowed();
    if (allowed.isEmpty()) {
      return Optional.empty();
    }
    long most = allowed.getAsLong();
    String whose =
        system.limit().isPresent() && system.limit().getAsLong() == most
            ? "the control group of this process allows "
            : "this machine has ";
    if (bytes() > most) {
      throw new ProgramException(
          "training " + describe() + "; " + whose + binary(most) + ". " + advice(most));
    }
    long largest = bytes() - heap + heapLimit;
    if (bytes() > CLOSE * most || largest > most) {
      return Optional.of(
          "memory may run short: training "
              + describe()
              + "; "
              + whose
              + binary(most)
              + (largest > most
                  ? ", and the Java heap may grow to " + binary(heapLimit) + " (-Xmx limits it)"
                  : ""));
    }
    return Optional.empty();
  }

  private String describe() {
    return String.format(
        Locale.ROOT,
        "%s with learning.batch %d%s needs %s of memory (%s for the steps, %s for weights and"
            + " state, %s for the Java heap, %s for Java itself)",
        run,
        batch * ranks,
        ranks > 1 ? ", " + batch + " on each of " + ranks + " ranks," : "",
        binary(bytes()),
        binary((long) (batch * perImage)),
        binary(fixed),
        binary(heap),
        binary(JAVA));
  }

  private String advice(long most) {
    long fits = (long) ((most - fixed - heap - JAVA) / perImage);
    String low =
        memory == Memory.LOW ? "" : ", or set engine.memory to low, which keeps fewer activations";
    String evaluation =
        ranks == 1
            ? ""
            : ". Each rank evaluates engine.eval_batch images at once, by default as many as"
                + " learning.batch: set it, too";
    return (fits < 1
            ? "Not even one image fits: allow more memory, or train a smaller network or smaller"
                + " images"
            : "Set learning.batch to " + fits * ranks + " or less" + low)
        + evaluation;
  }

  private static String binary(long bytes) {
    return bytes < 1L << 30
        ? String.format(Locale.ROOT, "%.0f MiB", bytes / (double) (1 << 20))
        : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1 << 30));
  }
}
