/**
 * Convolutions as machine code, where that is faster than oneDNN's.
 *
 * <p>Most are computed by minimal filtering (Winograd): tiles of the source are transformed,
 * multiplied with transformed weights by one matrix product per point, and transformed back (Lavin
 * and Gray 2016, Fast Algorithms for Convolutional Neural Networks). The weight gradients of 1x1
 * convolutions in bfloat16 are one product over pairs of pixels ({@link
 * dev.fovea.convolution.PointwiseGradientCode}).
 *
 * <p>Reading order: {@link dev.fovea.convolution.MinimalFilter} (the mathematics), {@link
 * dev.fovea.convolution.Tiling} (in two dimensions), {@link dev.fovea.convolution.ConvolutionCode}
 * and {@link dev.fovea.convolution.WeightGradientCode} (what every thread does), then the parts:
 * {@code GatherCode}, {@code ProductCode}, {@code ScatterCode}, {@code TransformCode}. {@link
 * dev.fovea.convolution.WinogradRule} and {@link dev.fovea.convolution.PointwiseRule} say which
 * convolutions are computed so (decisions 0251, 0254), {@code BlockLoop} how threads share the work
 * (decision 0253).
 *
 * <p>The package emits code and computes sizes; it takes no memory and runs nothing. Next: package
 * {@code dev.fovea.normalization}.
 */
@NullMarked
package dev.fovea.convolution;

import org.jspecify.annotations.NullMarked;
