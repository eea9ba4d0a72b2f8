/**
 * Decoders of image files: bytes to an upright 8-bit RGB image, identical to Pillow's.
 *
 * <p>Files are not trusted. Dimensions are read from the header and checked against {@link
 * dev.fovea.data.decode.DecodeLimits} before memory is allocated, and a file that cannot be decoded
 * is refused with a message that names the file and the cause.
 *
 * <p>Reading order: {@link dev.fovea.data.decode.ImageFormat}, {@link
 * dev.fovea.data.decode.ImageHeader}, {@link dev.fovea.data.decode.ImageDecoder}, then the decoders
 * by format: {@code EncodedPicture} and {@code JpegOrientation} over package {@link
 * dev.fovea.data.jpeg}, {@code Png*}, {@code Tiff*}, {@code BmpDecoder}, {@code PnmDecoder} and
 * {@code WebpDecoder}, with {@code Exif} and {@code Xmp} for the orientation. Next: package {@link
 * dev.fovea.data.encode}.
 */
@NullMarked
package dev.fovea.data.decode;

import org.jspecify.annotations.NullMarked;
