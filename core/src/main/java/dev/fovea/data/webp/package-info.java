/**
 * The two codecs inside WebP: VP8 key frames (lossy, RFC 6386) and VP8L (lossless, RFC 9649).
 *
 * <p>Both give the bytes of libwebp. Input is not trusted: whatever is not a valid stream is a
 * {@link dev.fovea.data.image.MalformedImage}, and no more memory is taken than the size in the
 * header asks for, which the caller has held against its limits.
 *
 * <p>Reading order: {@code Vp8Decoder} with {@code BoolDecoder}, {@code Vp8Prediction}, {@code
 * Vp8Transform}, {@code Vp8LoopFilter} and {@code Vp8Color}; {@code Vp8lDecoder} with {@code
 * LowBits}, {@code PrefixCode} and {@code Vp8lPrediction}. The container is read in package {@link
 * dev.fovea.data.decode}, which is next.
 */
@NullMarked
package dev.fovea.data.webp;

import org.jspecify.annotations.NullMarked;
