/**
 * File formats: image → bytes. The same image gives the same bytes on every machine.
 *
 * <p>{@link dev.fovea.data.encode.JpegEncoder} writes baseline JPEGs that are byte-equal to those
 * of libjpeg-turbo: {@code UnitRow} converts colors and averages chroma, {@code ForwardDct}
 * transforms and quantizes a row of blocks, {@code HuffmanCoder} writes the bits, {@code
 * JpegTables} holds the standard's tables. {@link dev.fovea.data.encode.PlainJpeg} takes the
 * metadata out of an existing JPEG; {@link dev.fovea.data.encode.Ppm} writes pixels as they are.
 *
 * <p>Reading order: {@link dev.fovea.data.encode.JpegEncoder}, {@code UnitRow}, {@code ForwardDct},
 * {@code HuffmanCoder}. Next: package {@link dev.fovea.data.augment}.
 */
@NullMarked
package dev.fovea.data.encode;

import org.jspecify.annotations.NullMarked;
