/**
 * What columns hold images, and how: {@link dev.fovea.spark.image.ImageColumn} knows the types, and
 * gives of each value a request or the reason why there is none.
 *
 * <p>Next: {@code dev.fovea.spark.model}.
 */
@NullMarked
package dev.fovea.spark.image;

import org.jspecify.annotations.NullMarked;
