/**
 * A decoder of JPEG (ITU-T T.81): baseline, extended sequential and progressive images of 8 bits
 * with Huffman codes, in their own size or shrunk by 2, 4 or 8, all or a rectangle; or the lowest
 * frequencies of each block alone.
 *
 * <p>Byte-identical to libjpeg-turbo's default settings, but for the last. Input is not trusted: an
 * invalid file throws {@link dev.fovea.data.image.MalformedImage}, time is bounded by the number of
 * scans, and memory by the size in the header, which the caller has checked against its limits.
 *
 * <p>Reading order: {@link dev.fovea.data.jpeg.JpegDecoder} has the loop over bands. The file:
 * {@code JpegMarkers}, {@code JpegHeader}, {@code JpegFile} with {@code Frame}, {@code Component},
 * {@code Tables} and {@code Scan}. Codes to coefficients: {@code ScanData}, {@code BitReader},
 * {@code HuffmanTable}, {@code SequentialBlocks}; for several scans {@code Coefficients}, {@code
 * StoredBlocks} and {@code BlockSmoothing}. Coefficients to pixels: {@code Layout} with {@code
 * Plane}, {@code Window}, {@code BandSource}, {@code Band}, {@code InverseTransform} with {@code
 * ShortTransform}, {@code LowFrequencies} and {@code Response}, {@code Upsampling}, {@code
 * ColorConversion} and {@code Renderer}. Next: package {@link dev.fovea.data.decode}, which reads
 * orientation and limits.
 */
@NullMarked
package dev.fovea.data.jpeg;

import org.jspecify.annotations.NullMarked;
