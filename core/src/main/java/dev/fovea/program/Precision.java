package dev.fovea.program;

/** In which number format activations live and convolutions multiply. */
public enum Precision {
  /** binary32 throughout. */
  F32,
  /**
   * bfloat16 activations and weight copies; master weights, their gradients, batch statistics,
   * logits and the loss stay in binary32.
   */
  BF16
}
