/**
 * Image file to batch: where pictures come from, how they are decoded, varied and packed.
 *
 * <p>A <b>data set</b> is an immutable list of labelled pictures, whatever holds them: a tree of
 * class folders, the same tree inside a zip or tar, CIFAR or IDX binaries, or the generator {@code
 * shapes}. A picture is <b>decoded</b> to 8-bit RGB, <b>varied</b> by a list of augmentations
 * (training) or fitted by the <b>preprocessing</b> that the model file remembers (evaluation),
 * <b>normalised</b> and stored in a <b>batch</b> in the layout and number format of the network's
 * first operation. Everything random is a function of (seed, epoch, index), so neither threads nor
 * a resumed run change a single bit.
 *
 * <p>Reading order: {@link dev.fovea.data.Dataset}, {@link dev.fovea.data.Datasets} and {@link
 * dev.fovea.data.DatasetOptions}; {@link dev.fovea.data.Image}, {@link dev.fovea.data.ImageDecoder}
 * and {@link dev.fovea.data.Resize}; {@link dev.fovea.data.Preprocessing} and {@link
 * dev.fovea.data.Augment}; {@link dev.fovea.data.Loader}, {@link dev.fovea.data.BatchFormat} and
 * {@link dev.fovea.data.Batch}; for evaluation with several views {@link dev.fovea.data.Crops} and
 * {@link dev.fovea.data.CropLoader}. Beside the path: {@link dev.fovea.data.DataCheck}, {@link
 * dev.fovea.data.DataStats} and {@link dev.fovea.data.ContactSheet}. Next: package {@code
 * dev.fovea.graph}, which says what the batches flow into.
 */
@NullMarked
package dev.fovea.data;

import org.jspecify.annotations.NullMarked;
