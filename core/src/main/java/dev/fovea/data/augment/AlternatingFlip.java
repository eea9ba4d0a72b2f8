package dev.fovea.data.augment;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * Swaps left and right in every second epoch (Jordan 2024, section 3.6): whether an image is
 * mirrored in the first epoch is drawn, and from then on it alternates, so that two epochs in a row
 * always show both sides of every image.
 */
public record AlternatingFlip() implements Augment {
  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    return draws(draw) ? HorizontalFlip.flip(in) : in;
  }

  /** Says whether an image is mirrored, for a caller that mirrors it together with other work. */
  public boolean draws(Draw draw) {
    boolean odd = draw.epoch() % 2 != 0;
    return draw.ofImage().nextBoolean() ^ odd;
  }
}
