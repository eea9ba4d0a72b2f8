package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * Swaps left and right.
 *
 * @param probability in [0, 1], usually 0.5
 */
public record HorizontalFlip(double probability) implements Augment {
  /** Checks the range. */
  public HorizontalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new DataException(
          "horizontal flip: the probability must lie in [0, 1], got " + probability);
    }
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    return draws(draw) ? flip(in) : in;
  }

  /** Draws whether an image is mirrored, for a caller that mirrors it together with other work. */
  public boolean draws(Draw draw) {
    return draw.rng().nextDouble() < probability;
  }

  /** Mirrors {@code in} unconditionally. */
  public static Image flip(Image in) {
    int w = in.width();
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    for (int y = 0; y < in.height(); y++) {
      int i = y * w * 3;
      int o = i + (w - 1) * 3;
      for (int x = 0; x < w; x++, i += 3, o -= 3) {
        to[o] = from[i];
        to[o + 1] = from[i + 1];
        to[o + 2] = from[i + 2];
      }
    }
    return new Image(w, in.height(), to);
  }
}
