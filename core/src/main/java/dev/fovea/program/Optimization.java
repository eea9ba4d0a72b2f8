package dev.fovea.program;

import java.util.Arrays;
import java.util.Optional;

/**
 * What compilation does to make a program cheaper without changing what it computes; each can be
 * left out, for tests that compare both programs and for measurements of what it gains.
 *
 * <p>The first is a pass over the graph, which {@link Compilation} applies; the others are choices
 * that only an engine can make, and an engine without that choice ignores them.
 */
public enum Optimization {
  /** Batch norm + ReLU and addition + ReLU as one operation: {@link dev.fovea.passes.FuseRelu}. */
  FUSE_RELU("fuse-relu"),
  /** Branches are written straight into the concatenation that reads them. */
  CONCAT_IN_PLACE("concat-in-place"),
  /** In training, one batch norm over all branches that meet in a concatenation. */
  HOIST_NORMS("hoist-norms"),
  /** Gradients of pointwise convolutions are added to others as they are computed. */
  ADD_GRADIENTS("add-gradients");

  private final String label;

  Optimization(String label) {
    this.label = label;
  }

  /** The name that messages and the command line call it by: {@code fuse-relu}. */
  public String label() {
    return label;
  }

  /** The optimisation with this label. */
  public static Optional<Optimization> of(String label) {
    return Arrays.stream(values()).filter(o -> o.label.equals(label)).findFirst();
  }
}
