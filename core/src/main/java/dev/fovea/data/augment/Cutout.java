package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.util.Arrays;

/**
 * Covers a square at a random position with the mean color. The square may extend beyond the image.
 * Source: DeVries and Taylor 2017.
 *
 * @param side side of the square in pixels
 */
public record Cutout(int side) implements Augment {
  /** Checks the range. */
  public Cutout {
    if (side < 1) {
      throw new DataException("cutout: the side must be at least 1, got " + side);
    }
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    int y = draw.rng().nextInt(in.height());
    int x = draw.rng().nextInt(in.width());
    int y0 = Math.max(0, y - side / 2);
    int y1 = Math.min(in.height(), y - side / 2 + side);
    int x0 = Math.max(0, x - side / 2);
    int x1 = Math.min(in.width(), x - side / 2 + side);
    byte[] rgb = Arrays.copyOf(in.rgb(), in.rgb().length);
    for (int r = y0; r < y1; r++) {
      for (int c = x0; c < x1; c++) {
        System.arraycopy(draw.meanColor(), 0, rgb, (r * in.width() + c) * 3, 3);
      }
    }
    return new Image(in.width(), in.height(), rgb);
  }
}
