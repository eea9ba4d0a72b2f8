package dev.fovea.data.augment;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Rng;
import java.util.List;

/**
 * A random transform of training images. A recipe is a list of them, applied in order.
 * Implementations are immutable and safe for any number of threads.
 *
 * <p>To add one, write a record that implements this interface, name it in the {@code permits}
 * clause, and give it a row in {@link AugmentTable}, from which recipes and help know it.
 */
public sealed interface Augment
    permits PadCrop,
        HorizontalFlip,
        AlternatingFlip,
        RandomResizedCrop,
        InceptionCrop,
        ResizeRandomCrop,
        PhotometricDistortion,
        ColorJitter,
        Lighting,
        RandAugment,
        TrivialAugment,
        Cutout,
        RandomErasing,
        OwnAugment {
  /**
   * What a transform may depend on besides the image.
   *
   * @param rng the generator keyed by (seed, epoch, index)
   * @param ofImage a generator keyed by (seed, index), the same in every epoch
   * @param epoch counted from 0
   * @param meanColor the RGB color that normalization maps closest to zero
   * @param deviation the standard deviation of each channel on the scale 0..255
   */
  record Draw(Rng rng, Rng ofImage, int epoch, byte[] meanColor, float[] deviation) {
    // No epoch has this number.
    private static final long EVERY_EPOCH = -1;

    /** The draw of an image in the first epoch of a run whose seed is 0. */
    public Draw(Rng rng, byte[] meanColor, float[] deviation) {
      this(rng, Rng.of(0, EVERY_EPOCH, 0), 0, meanColor, deviation);
    }

    /** The draw of image {@code index} in an epoch. */
    public static Draw of(long seed, int epoch, int index, byte[] meanColor, float[] deviation) {
      return new Draw(
          Rng.of(seed, epoch, index),
          Rng.of(seed, EVERY_EPOCH, index),
          epoch,
          meanColor,
          deviation);
    }
  }

  /**
   * Returns the transformed image; {@code in} is not modified. Crops ask {@code in} only for the
   * rectangle that they need, so that no more of it is decoded.
   */
  Image apply(Picture in, Draw draw);

  /**
   * Whether the result always has the network's input size. Without such a transform, images are
   * fitted to that size first.
   */
  default boolean setsSize() {
    return false;
  }

  /** One line for reports, for example {@code PadCrop[pad=4, padding=ZERO]}. */
  default String describe() {
    return toString();
  }

  /** Zero-pad by 4 and crop, then flip: the standard for CIFAR since He et al. 2015. */
  static List<Augment> cifar() {
    return List.of(new PadCrop(4, PadCrop.Padding.ZERO), new HorizontalFlip(0.5));
  }

  /** Random resized crop and flip, as in torchvision's ImageNet training. */
  static List<Augment> imagenet(int side) {
    return List.of(RandomResizedCrop.standard(side, side), new HorizontalFlip(0.5));
  }
}
