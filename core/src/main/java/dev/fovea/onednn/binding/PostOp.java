package dev.fovea.onednn.binding;

/** What a primitive does to its result before it stores it. */
public sealed interface PostOp {
  /** max(x, 0). */
  record Relu() implements PostOp {}

  /** Adds what the destination held before. */
  record AddDestination() implements PostOp {}
}
