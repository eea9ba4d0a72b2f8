/**
 * From image file to batch, in nine packages; each uses only those listed before it.
 *
 * <p>An image file is <b>decoded</b> to 8-bit RGB, <b>augmented</b> (training) or resized and
 * cropped by the <b>preprocessing</b> stored in the model file (evaluation), <b>normalized</b>, and
 * written to a <b>batch</b> in the layout and data type of the network's first operation. All
 * randomness is a function of (seed, epoch, index), so the result is bit-identical for any number
 * of threads and after a resume.
 *
 * <p>Reading order: {@link dev.fovea.data.image} (pixels, resizing, normalization), {@link
 * dev.fovea.data.webp} (the two WebP codecs), {@link dev.fovea.data.jpeg} (the JPEG decoder),
 * {@link dev.fovea.data.decode} (file formats), {@link dev.fovea.data.encode} (the same, written),
 * {@link dev.fovea.data.augment} (random transforms for training), {@link dev.fovea.data.archive}
 * (files in folders, zip and tar archives), {@link dev.fovea.data.source} (data sets), {@link
 * dev.fovea.data.loader} (worker threads that fill batches), {@link dev.fovea.data.inspect}
 * (checks, statistics and contact sheets). Next: package {@link dev.fovea.graph}, the networks that
 * consume the batches.
 */
@NullMarked
package dev.fovea.data;

import org.jspecify.annotations.NullMarked;
