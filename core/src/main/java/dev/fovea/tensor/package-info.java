/**
 * Shapes, data types, number formatting and random numbers.
 *
 * <p>Reading order: {@link dev.fovea.tensor.Shape}, {@link dev.fovea.tensor.DType}, {@link
 * dev.fovea.tensor.SplitMix64}, {@link dev.fovea.tensor.Rng}, {@link dev.fovea.tensor.Decimals}.
 * Next: package {@code dev.fovea.data}, which fills batches from image files.
 */
@NullMarked
package dev.fovea.tensor;

import org.jspecify.annotations.NullMarked;
