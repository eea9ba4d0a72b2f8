/**
 * The two codecs inside WebP: VP8 key frames (lossy, RFC 6386) and VP8L (lossless, RFC 9649).
 *
 * <p>Both are byte-identical to libwebp. Input is not trusted: an invalid stream throws {@link
 * dev.fovea.data.image.MalformedImage}, and memory is bounded by the size in the header, which the
 * caller has checked against its limits.
 *
 * <p>Reading order: {@code Vp8Decoder} with {@code BoolDecoder}, {@code Vp8Prediction}, {@code
 * Vp8Transform}, {@code Vp8LoopFilter} and {@code Vp8Color}; {@code Vp8lDecoder} with {@code
 * LowBits}, {@code PrefixCode} and {@code Vp8lPrediction}. Next: package {@link
 * dev.fovea.data.jpeg}.
 */
@NullMarked
package dev.fovea.data.webp;

import org.jspecify.annotations.NullMarked;
