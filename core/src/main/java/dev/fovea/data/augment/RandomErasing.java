package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;
import java.util.Arrays;

/**
 * Erases a random rectangle in a fraction of the images.
 *
 * <p>The area is uniform in [minArea, maxArea] of the image's, the ratio of height to width
 * log-uniform in [minRatio, 1 / minRatio]. If ten attempts give no rectangle smaller than the image
 * in both directions, the image is unchanged. Source: Zhong et al. 2017, as in torchvision's and
 * timm's {@code RandomErasing}. Those erase after normalization; here noise is rounded and clipped
 * to bytes.
 *
 * @param probability fraction of the images that are erased
 * @param minArea minimum area as a fraction of the image; 0.02
 * @param maxArea maximum area; 0.33 in torchvision and timm, 0.4 in the paper
 * @param minRatio minimum ratio of height to width; 0.3
 * @param fill what the rectangle is filled with
 */
public record RandomErasing(
    double probability, double minArea, double maxArea, double minRatio, Fill fill)
    implements Augment {
  private static final int TRIES = 10;

  /** What an erased rectangle is filled with. */
  public enum Fill {
    /** The mean color, 0 after normalization: torchvision's default, timm's {@code const}. */
    MEAN,
    /** One color, standard normal after normalization: timm's {@code rand}. */
    COLOUR,
    /** Every value standard normal after normalization: timm's {@code pixel}. */
    NOISE
  }

  /** Checks the ranges. */
  public RandomErasing {
    if (!(probability >= 0 && probability <= 1)
        || !(minArea > 0 && minArea <= maxArea && maxArea <= 1)
        || !(minRatio > 0 && minRatio <= 1)) {
      throw new DataException(
          "random erasing: expected a probability in [0, 1], 0 < areas <= 1 in ascending order and"
              + " 0 < ratio <= 1; got "
              + probability
              + ", areas "
              + minArea
              + ".."
              + maxArea
              + " and ratio "
              + minRatio);
    }
  }

  /** Area 2% to 33%, ratio 0.3 to 3.3. */
  public static RandomErasing standard(double probability, Fill fill) {
    return new RandomErasing(probability, 0.02, 0.33, 0.3, fill);
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    Rng rng = draw.rng();
    if (rng.nextDouble() >= probability) {
      return in;
    }
    double log = StrictMath.log(minRatio);
    for (int i = 0; i < TRIES; i++) {
      double area = (double) in.width() * in.height() * rng.nextDouble(minArea, maxArea);
      double ratio = StrictMath.exp(rng.nextDouble(log, -log));
      int h = (int) Math.rint(Math.sqrt(area * ratio));
      int w = (int) Math.rint(Math.sqrt(area / ratio));
      if (h < in.height() && w < in.width()) {
        int top = rng.nextInt(in.height() - h + 1);
        int left = rng.nextInt(in.width() - w + 1);
        return erase(in, new Resize.Box(left, top, w, h), draw);
      }
    }
    return in;
  }

  private Image erase(Image in, Resize.Box box, Draw draw) {
    byte[] rgb = Arrays.copyOf(in.rgb(), in.rgb().length);
    Rng rng = draw.rng();
    byte[] color = draw.meanColor().clone();
    if (fill == Fill.COLOUR) {
      for (int c = 0; c < 3; c++) {
        color[c] = noise(draw, c, (float) rng.nextGaussian());
      }
    }
    for (int y = box.top(); y < box.top() + box.height(); y++) {
      int i = (y * in.width() + box.left()) * 3;
      for (int end = i + box.width() * 3; i < end; i += 3) {
        if (fill == Fill.NOISE) {
          long bits = rng.nextLong();
          for (int c = 0; c < 3; c++, bits >>>= NormalTable.BITS) {
            rgb[i + c] = noise(draw, c, NormalTable.value(bits));
          }
        } else {
          System.arraycopy(color, 0, rgb, i, 3);
        }
      }
    }
    return new Image(in.width(), in.height(), rgb);
  }

  private static byte noise(Draw draw, int channel, float normal) {
    float mean = draw.meanColor()[channel] & 255;
    return Image.clip(Math.round(mean + normal * draw.deviation()[channel]));
  }
}
