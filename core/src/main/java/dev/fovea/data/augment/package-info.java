/**
 * Data augmentation: random transforms of training images, each a record with the parameters of its
 * paper.
 *
 * <p>An {@link dev.fovea.data.augment.Augment} takes an image and a random number generator and
 * returns a new image. A recipe writes a sequence of them as text, for example {@code cifar
 * cutout(side=8)}; {@link dev.fovea.data.augment.AugmentTable} lists their names and options.
 *
 * <p>Reading order: {@link dev.fovea.data.augment.Augment}, {@link
 * dev.fovea.data.augment.RandomResizedCrop}, {@link dev.fovea.data.augment.RandAugment}, {@link
 * dev.fovea.data.augment.AugmentTable}; {@code Affine}, {@code ToneCurves}, {@code Chroma} and
 * {@code Distortion} are the image operations beneath them. Next: package {@link
 * dev.fovea.data.archive}.
 */
@NullMarked
package dev.fovea.data.augment;

import org.jspecify.annotations.NullMarked;
