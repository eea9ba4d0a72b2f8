package dev.fovea.onednn;

import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.PrimitiveDesc;
import org.jspecify.annotations.Nullable;

/** Values that the forward pass of a node saves for its backward pass. */
sealed interface SavedForBackward {

  /** A convolution; the description of its weight gradient is null if no weights are trained. */
  record Conv(
      PrimitiveDesc forward,
      @Nullable PrimitiveDesc backwardWeights,
      Tensor src,
      Descriptions.Geometry geometry)
      implements SavedForBackward {}

  /** A linear layer; as for a convolution. */
  record Linear(PrimitiveDesc forward, @Nullable PrimitiveDesc backwardWeights, Tensor src)
      implements SavedForBackward {}

  /** Batch normalization; the workspace holds the sign mask of a fused ReLU. */
  record Norm(
      PrimitiveDesc forward,
      Descriptions.Norm norm,
      Tensor src,
      Tensor mean,
      Tensor variance,
      @Nullable Tensor workspace)
      implements SavedForBackward {}

  /** A pool; the workspace holds the positions of the maxima. */
  record Pool(
      PrimitiveDesc forward,
      Descriptions.Pool pool,
      Descriptions.Geometry geometry,
      @Nullable Tensor workspace,
      @Nullable Tensor correction)
      implements SavedForBackward {}

  /**
   * Dropout: factors of 0 or 1/(1-p), per element or per image; {@code drawn} is false if nothing
   * is dropped.
   */
  record Mask(Tensor mask, boolean drawn) implements SavedForBackward {}

  /** Local response normalization. */
  record Lrn(PrimitiveDesc forward, Tensor src, @Nullable Tensor workspace)
      implements SavedForBackward {}

  /** Shortcut option A: a convolution with weights of 0 and 1. */
  record Shortcut(PrimitiveDesc forward, Tensor plainWeights, Descriptions.Geometry geometry)
      implements SavedForBackward {}

  /** Adaptive pooling: multiplication by this constant matrix, inputs by outputs. */
  record Matrix(Tensor matrix, Tensor transposed) implements SavedForBackward {}
}
