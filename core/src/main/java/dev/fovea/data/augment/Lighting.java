package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * AlexNet's PCA lighting: adds one random shift along the principal color components to all pixels
 * of an image.
 *
 * <p>The shift of channel c is the sum over components i of p_ic a_i l_i, with eigenvectors p,
 * eigenvalues l, and a_i drawn from N(0, deviation) once per image. Source: Krizhevsky et al. 2012,
 * section 4.1; constants and the scale 0..1 as in fb.resnet.torch. Unlike there, the result is
 * rounded and clipped to bytes.
 *
 * @param deviation standard deviation of the three random numbers; 0.1 in the paper
 * @param axes the principal components
 */
public record Lighting(double deviation, ColorPca axes) implements Augment {
  /** Checks the range. */
  public Lighting {
    if (!(deviation >= 0 && deviation <= 100)) {
      throw new DataException(
          "lighting: the standard deviation must lie in [0, 100], got " + deviation);
    }
  }

  /** The paper's parameters: deviation 0.1, ImageNet's components. */
  public static Lighting standard() {
    return new Lighting(0.1, ColorPca.IMAGENET);
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    double[] shift = new double[3];
    for (int i = 0; i < 3; i++) {
      double along = draw.rng().nextGaussian() * deviation * axes.variances().get(i);
      for (int c = 0; c < 3; c++) {
        shift[c] += axes.directions().get(i).get(c) * along;
      }
    }
    return ToneCurves.map(in, table(shift[0]), table(shift[1]), table(shift[2]));
  }

  private static byte[] table(double shift) {
    byte[] table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = Image.clip((int) Math.rint(v + 255 * shift));
    }
    return table;
  }
}
