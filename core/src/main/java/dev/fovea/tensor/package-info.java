/**
 * What numbers are: shapes, number formats and the source of all random ones.
 *
 * <p>Reading order: {@link dev.fovea.tensor.Shape}, {@link dev.fovea.tensor.DType}, {@link
 * dev.fovea.tensor.SplitMix64}. Next: package {@code dev.fovea.data}, which fills tensors from
 * image files.
 */
@NullMarked
package dev.fovea.tensor;

import org.jspecify.annotations.NullMarked;
