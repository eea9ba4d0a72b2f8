package dev.fovea.onednn;

import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.PrimitiveDesc;
import org.jspecify.annotations.Nullable;

/** What the forward pass of one node leaves for its backward pass. */
sealed interface SavedForBackward {

  /** A convolution. */
  record Conv(
      PrimitiveDesc forward,
      PrimitiveDesc backwardWeights,
      Tensor src,
      Descriptions.Geometry geometry)
      implements SavedForBackward {}

  /** A linear layer. */
  record Linear(PrimitiveDesc forward, PrimitiveDesc backwardWeights, Tensor src)
      implements SavedForBackward {}

  /** Batch normalisation; the workspace holds the signs if a ReLU follows. */
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

  /** Dropout: 0 or 1/(1-p) per element, or per image, if any are drawn. */
  record Mask(Tensor mask, boolean drawn) implements SavedForBackward {}

  /** Local response normalisation. */
  record Lrn(PrimitiveDesc forward, Tensor src, @Nullable Tensor workspace)
      implements SavedForBackward {}

  /** Option A's shortcut: a convolution with weights of 0 and 1. */
  record Shortcut(PrimitiveDesc forward, Tensor plainWeights, Descriptions.Geometry geometry)
      implements SavedForBackward {}

  /** Adaptive pooling: a product with this constant matrix, inputs by outputs. */
  record Matrix(Tensor matrix, Tensor transposed) implements SavedForBackward {}
}
