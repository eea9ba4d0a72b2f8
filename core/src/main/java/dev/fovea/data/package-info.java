/**
 * From image file to batch, in eight packages that use only those named before them.
 *
 * <p>An image file is <b>decoded</b> to 8-bit RGB, <b>augmented</b> (training) or fitted by the
 * <b>preprocessing</b> that the model file remembers (evaluation), <b>normalized</b>, and stored in
 * a <b>batch</b> in the layout and number format of the network's first operation. Everything
 * random is a function of (seed, epoch, index), so neither threads nor a resumed run change a
 * single bit.
 *
 * <p>Reading order: {@link dev.fovea.data.image} (what an image is, how it is resized and
 * normalized), {@link dev.fovea.data.webp} (the two codecs of WebP), {@link dev.fovea.data.decode}
 * (file formats), {@link dev.fovea.data.augment} (random changes in training), {@link
 * dev.fovea.data.archive} (files in folders, zips and tars), {@link dev.fovea.data.source} (data
 * sets), {@link dev.fovea.data.loader} (threads that fill batches), {@link dev.fovea.data.inspect}
 * (checks, statistics and contact sheets of a data set). Next: package {@link dev.fovea.graph},
 * which says what the batches flow into.
 */
@NullMarked
package dev.fovea.data;

import org.jspecify.annotations.NullMarked;
