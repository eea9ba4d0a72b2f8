package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;

/**
 * Resizes the shorter side to a random length, then takes a random crop. With a fixed length this
 * is the training of Krizhevsky et al. 2012; with a range it is the scale augmentation of VGG and
 * ResNet.
 *
 * @param minShorter minimum length of the shorter side after resizing
 * @param maxShorter maximum length of the shorter side after resizing
 * @param height rows of the result
 * @param width pixels per row of the result
 */
public record ResizeRandomCrop(
    int minShorter, int maxShorter, int height, int width, Interpolation interpolation)
    implements Augment {
  /** Checks the ranges. */
  public ResizeRandomCrop {
    if (height < 1
        || width < 1
        || minShorter < Math.max(height, width)
        || maxShorter < minShorter) {
      throw new DataException(
          "resize and random crop: expected crop <= minimum side <= maximum side, got crop "
              + height
              + "x"
              + width
              + ", sides "
              + minShorter
              + ".."
              + maxShorter);
    }
  }

  @Override
  public boolean setsSize() {
    return true;
  }

  @Override
  public Image apply(Picture in, Draw draw) {
    int side = minShorter + draw.rng().nextInt(maxShorter - minShorter + 1);
    Resize.Box full = Resize.shorterSideSize(in, side);
    int top = draw.rng().nextInt(full.height() - height + 1);
    int left = draw.rng().nextInt(full.width() - width + 1);
    Resize.Box seen = new Resize.Box(left, top, width, height);
    return Resize.window(in, Resize.Box.of(in), full.width(), full.height(), seen, interpolation);
  }
}
