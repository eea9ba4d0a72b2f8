/**
 * Random changes of training images, each a record with the parameters of its paper.
 *
 * <p>An {@link dev.fovea.data.augment.Augment} takes an image and a random number generator and
 * returns another image. Their sequence for a run is written as text, for example {@code cifar
 * cutout(side=8)}.
 *
 * <p>Reading order: {@link dev.fovea.data.augment.Augment}, {@link
 * dev.fovea.data.augment.RandomResizedCrop}, {@link dev.fovea.data.augment.RandAugment}. Next:
 * package {@link dev.fovea.data.source}.
 */
@NullMarked
package dev.fovea.data.augment;

import org.jspecify.annotations.NullMarked;
