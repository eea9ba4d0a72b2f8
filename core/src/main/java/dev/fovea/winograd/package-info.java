/**
 * Convolutions by minimal filtering (Winograd), as machine code: tiles of the source are
 * transformed, multiplied with transformed weights by one matrix product per point, and transformed
 * back (Lavin and Gray 2016, Fast Algorithms for Convolutional Neural Networks).
 *
 * <p>Reading order: {@link dev.fovea.winograd.MinimalFilter} (the mathematics), {@link
 * dev.fovea.winograd.Tiling} (in two dimensions), {@link dev.fovea.winograd.ConvolutionCode} and
 * {@link dev.fovea.winograd.WeightGradientCode} (what every thread does), then the parts: {@code
 * GatherCode}, {@code ProductCode}, {@code ScatterCode}, {@code TransformCode}. {@link
 * dev.fovea.winograd.Rule} says which convolutions are computed so (decision 0251), {@code
 * BlockLoop} how threads share the work (decision 0253).
 *
 * <p>The package emits code and computes sizes; it takes no memory and runs nothing. Next: package
 * {@code dev.fovea.onednn.binding}.
 */
@NullMarked
package dev.fovea.winograd;

import org.jspecify.annotations.NullMarked;
