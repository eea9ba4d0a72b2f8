/**
 * An image in memory: its pixels, how it is resized, and how it becomes numbers.
 *
 * <p>An {@link dev.fovea.data.image.Image} is 8-bit RGB, shared without copying because nobody
 * writes to it. {@link dev.fovea.data.image.Resize} equals Pillow's antialiased filters byte for
 * byte. A {@link dev.fovea.data.image.Preprocessing} says how an image is fitted to a network and
 * normalized; it is stored in the model file.
 *
 * <p>Reading order: as named, then {@link dev.fovea.data.image.PreprocessingStyle}, {@link
 * dev.fovea.data.image.Normalizer}, and the errors that all of {@code data} throws, {@link
 * dev.fovea.data.image.DataException} first. Next: package {@link dev.fovea.data.webp}.
 */
@NullMarked
package dev.fovea.data.image;

import org.jspecify.annotations.NullMarked;
