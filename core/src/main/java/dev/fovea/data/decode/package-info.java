/**
 * File formats: bytes to an upright 8-bit RGB image, equal to what Pillow gives.
 *
 * <p>Files are not trusted: dimensions are read from the header and held against {@link
 * dev.fovea.data.decode.DecodeLimits} before memory is taken, and whatever cannot be decoded is
 * refused with a message that names the file and the cause.
 *
 * <p>Reading order: {@link dev.fovea.data.decode.ImageFormat}, {@link
 * dev.fovea.data.decode.ImageHeader}, {@link dev.fovea.data.decode.ImageDecoder}, then one class
 * for each format. Next: package {@link dev.fovea.data.augment}.
 */
@NullMarked
package dev.fovea.data.decode;

import org.jspecify.annotations.NullMarked;
