/**
 * Images in memory: pixels, resizing, and conversion to the network's input.
 *
 * <p>An {@link dev.fovea.data.image.Image} is 8-bit RGB and never modified, so it is shared without
 * copying. A {@link dev.fovea.data.image.Picture} gives any rectangle of an image and may decode no
 * more than that. {@link dev.fovea.data.image.Resize} asks a picture for what its filter reads and
 * is byte-identical to Pillow's antialiased filters, or near to them where a {@link
 * dev.fovea.data.image.BlockScale} of the picture is enough. A {@link
 * dev.fovea.data.image.Preprocessing} defines how an image is resized, cropped and normalized for a
 * network; it is stored in the model file.
 *
 * <p>Reading order: {@link dev.fovea.data.image.Image}, {@link dev.fovea.data.image.Picture},
 * {@link dev.fovea.data.image.Resize}, {@link dev.fovea.data.image.Decoding}, {@link
 * dev.fovea.data.image.Preprocessing}, {@link dev.fovea.data.image.PreprocessingStyle}, {@link
 * dev.fovea.data.image.Normalizer}, and the exceptions of all data packages, {@link
 * dev.fovea.data.image.DataException} first. Next: package {@link dev.fovea.data.webp}.
 */
@NullMarked
package dev.fovea.data.image;

import org.jspecify.annotations.NullMarked;
