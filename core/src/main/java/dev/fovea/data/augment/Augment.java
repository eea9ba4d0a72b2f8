package dev.fovea.data.augment;

import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.List;

/**
 * A random change to a training image, as a value; a recipe is a list of them, applied in order.
 *
 * <p>To add one, write a record that implements this interface, name it in the {@code permits}
 * clause, and give it a row in {@link AugmentTable}: recipes and help know it from there.
 */
public sealed interface Augment
    permits PadCrop,
        HorizontalFlip,
        RandomResizedCrop,
        InceptionCrop,
        ResizeRandomCrop,
        PhotometricDistortion,
        ColorJitter,
        Lighting,
        RandAugment,
        TrivialAugment,
        Cutout,
        RandomErasing {
  /**
   * What a change may depend on besides the image.
   *
   * @param rng the numbers of this (seed, epoch, index)
   * @param meanColor red, green and blue that normalization maps next to zero
   * @param deviation what normalization maps to 1, per channel, in levels of a byte
   */
  record Draw(Rng rng, byte[] meanColor, float[] deviation) {}

  /** The changed image; the given one stays as it is. */
  Image apply(Image in, Draw draw);

  /**
   * Whether the result has the network's size whatever came in; without such a step images are
   * fitted first.
   */
  default boolean setsSize() {
    return false;
  }

  /** One line for reports, for example {@code PadCrop[pad=4, padding=ZERO]}. */
  default String describe() {
    return toString();
  }

  /**
   * Pad by 4 with zeros and crop, then flip: what nearly every CIFAR paper does since He et al.
   * 2015.
   */
  static List<Augment> cifar() {
    return List.of(new PadCrop(4, PadCrop.Padding.ZERO), new HorizontalFlip(0.5));
  }

  /** Random resized crop and flip: torchvision's ImageNet training. */
  static List<Augment> imagenet(int side) {
    return List.of(RandomResizedCrop.standard(side, side), new HorizontalFlip(0.5));
  }
}
