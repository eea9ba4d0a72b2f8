package dev.fovea.onednn.binding;

/** An operation that a primitive applies to its result before storing it. */
public sealed interface PostOp {
  /** max(x, 0). */
  record Relu() implements PostOp {}

  /** Adds the previous contents of the destination. */
  record AddDestination() implements PostOp {}
}
