package dev.fovea.program;

import java.util.Arrays;
import java.util.Optional;

/**
 * An optimization that makes a program cheaper without changing what it computes. Each can be
 * disabled, for tests that compare both programs and for benchmarks of its gain.
 *
 * <p>The first is a graph pass that {@link Compilation} applies; the others are up to the engine,
 * and an engine that has no such optimization ignores them.
 */
public enum Optimization {
  /** Fuses batch norm + ReLU and addition + ReLU: {@link dev.fovea.passes.FuseRelu}. */
  FUSE_RELU("fuse-relu"),
  /** Lets branches write directly into the concatenation that reads them. */
  CONCAT_IN_PLACE("concat-in-place"),
  /** Runs one batch norm over all branches that meet in a concatenation; training only. */
  HOIST_NORMS("hoist-norms"),
  /** Accumulates gradients of pointwise convolutions as they are computed. */
  ADD_GRADIENTS("add-gradients");

  private final String label;

  Optimization(String label) {
    this.label = label;
  }

  /** The name used in messages and on the command line: {@code fuse-relu}. */
  public String label() {
    return label;
  }

  /** The optimization with this label. */
  public static Optional<Optimization> of(String label) {
    return Arrays.stream(values()).filter(o -> o.label.equals(label)).findFirst();
  }
}
