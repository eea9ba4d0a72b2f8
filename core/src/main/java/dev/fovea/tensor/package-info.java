/**
 * Where numbers live: shapes, number formats and host tensors.
 *
 * <p>Reading order: {@link dev.fovea.tensor.Shape}, {@link dev.fovea.tensor.DType}. Next: package
 * {@code dev.fovea.data}, which fills tensors from image files.
 */
@NullMarked
package dev.fovea.tensor;

import org.jspecify.annotations.NullMarked;
