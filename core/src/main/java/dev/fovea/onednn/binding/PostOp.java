package dev.fovea.onednn.binding;

import dev.fovea.tensor.DType;

/** An operation that a primitive applies to its result before storing it. */
public sealed interface PostOp {
  /** max(x, 0). */
  record Relu() implements PostOp {}

  /** A function without constants. */
  record Function(Eltwise function) implements PostOp {}

  /** scale · x. */
  record Multiply(float scale) implements PostOp {}

  /** Adds the previous contents of the destination. */
  record AddDestination() implements PostOp {}

  /**
   * Adds the previous contents of the destination, which are numbers of another type, times a
   * scale.
   *
   * @param type of the same size as that of the result
   */
  record AddScaledDestination(float scale, DType type) implements PostOp {}

  /** Adds another tensor, the argument {@link Arg#added}. */
  record AddTensor(MemoryDesc desc) implements PostOp {}
}
