/**
 * Loaders that prepare batches on worker threads while the network computes.
 *
 * <p>A {@link dev.fovea.data.loader.Loader} decodes, augments and normalizes images into a {@link
 * dev.fovea.data.loader.Batch}. A {@link dev.fovea.data.loader.CropLoader} produces several views
 * of each image for multi-crop evaluation. {@link dev.fovea.data.loader.LoadingTime} says where the
 * time goes. The order of images and all random numbers are functions of (seed, epoch, index).
 *
 * <p>Reading order: {@link dev.fovea.data.loader.Augmentation}, {@link
 * dev.fovea.data.loader.BatchFormat}, {@link dev.fovea.data.loader.Loader}, {@link
 * dev.fovea.data.loader.Batch}, {@link dev.fovea.data.loader.Mixing}, {@link
 * dev.fovea.data.loader.Crops}, {@link dev.fovea.data.loader.CropLoader}. Next: package {@link
 * dev.fovea.data.inspect}.
 */
@NullMarked
package dev.fovea.data.loader;

import org.jspecify.annotations.NullMarked;
