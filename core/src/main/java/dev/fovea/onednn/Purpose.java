package dev.fovea.onednn;

/** What a program is compiled for. */
enum Purpose {
  /** The forward pass only. */
  INFERENCE,
  /** Forward and backward pass; the weights change with every step. */
  TRAINING,
  /** Forward and backward pass with weights that rarely change; no gradients of parameters. */
  ATTRIBUTION
}
