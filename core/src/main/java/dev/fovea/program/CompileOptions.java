package dev.fovea.program;

/**
 * What a program is compiled for.
 *
 * @param batch images per step, N
 * @param memory whether to save memory at the cost of speed
 * @param threads native threads of one step
 */
public record CompileOptions(int batch, Precision precision, Memory memory, int threads) {

  /** How the training program trades memory for time. */
  public enum Memory {
    /** Keep what the backward pass reads. */
    NORMAL,
    /** Compute normalised activations again in the backward pass instead of keeping them. */
    LOW
  }

  /** Checks that batch and threads are positive. */
  public CompileOptions {
    if (batch < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "batch and threads must be at least 1, got batch " + batch + " and threads " + threads);
    }
  }
}
