package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;

/**
 * Mixup and cutmix: mixes the images of a batch in pairs, together with their labels.
 *
 * <p>A share s is drawn from Beta(alpha, alpha) once per batch. Mixup computes s x + (1 - s) x' for
 * the normalized images x and x' and for their one-hot labels. Cutmix pastes a rectangle of x' into
 * x whose sides are sqrt(1 - s) of the image's, at a random center and clipped at the edges; s is
 * then set to the fraction of x that remains. Image i is paired with image N - 1 - i, which is a
 * random one because the epoch is shuffled. Label smoothing is left to the loss, which smooths
 * mixed targets like any others.
 *
 * <p>Sources: Zhang et al. 2018, equation 1; Yun et al. 2019, equations 1 and 2; pairing, choice
 * between the two, and corrected share as in timm's {@code Mixup} in {@code batch} mode.
 *
 * @param mixup alpha of mixup; 0 disables it
 * @param cutmix alpha of cutmix; 0 disables it
 * @param probability fraction of the batches that are mixed; 1 in the papers
 * @param switching fraction of the mixed batches that use cutmix if both are enabled; 0.5
 */
public record Mixing(double mixup, double cutmix, double probability, double switching) {
  /** No mixing. */
  public static final Mixing NONE = new Mixing(0, 0, 1, 0.5);

  /** Checks the ranges. */
  public Mixing {
    if (!(mixup >= 0 && cutmix >= 0 && mixup <= 1000 && cutmix <= 1000)) {
      throw new DataException(
          "mixing: alpha must lie in [0, 1000], got " + mixup + " and " + cutmix);
    }
    if (!(probability >= 0 && probability <= 1 && switching >= 0 && switching <= 1)) {
      throw new DataException(
          "mixing: probabilities must lie in [0, 1], got " + probability + " and " + switching);
    }
  }

  /** Whether any batch may be mixed. */
  public boolean isOn() {
    return (mixup > 0 || cutmix > 0) && probability > 0;
  }

  /**
   * Mixes the first {@code count} images of a batch.
   *
   * @param rng the generator keyed by (seed, epoch, batch)
   * @return the weight of each image's own label
   */
  public float mix(BatchBuffer batch, int count, Rng rng) {
    if (!isOn() || rng.nextDouble() >= probability) {
      return 1;
    }
    boolean cut = cutmix > 0 && (mixup == 0 || rng.nextDouble() < switching);
    double share = beta(cut ? cutmix : mixup, rng);
    if (!cut) {
      float rounded = roundShare(share);
      batch.blend(count, rounded);
      return rounded;
    }
    int h = batch.format().height();
    int w = batch.format().width();
    Resize.Box box = box(h, w, share, rng);
    batch.exchange(count, box);
    return roundShare(1 - (double) box.width() * box.height() / (h * w));
  }

  /** Rounds to 24 fractional bits, so that 1 - share is exact in binary32 as well. */
  static float roundShare(double share) {
    return (float) (Math.rint(share * (1 << 24)) / (1 << 24));
  }

  /** Samples the rectangle of cutmix, which may be empty. */
  static Resize.Box box(int h, int w, double share, Rng rng) {
    double side = Math.sqrt(1 - share);
    int halfHeight = (int) (h * side) / 2;
    int halfWidth = (int) (w * side) / 2;
    int y = rng.nextInt(h);
    int x = rng.nextInt(w);
    int top = Math.max(0, y - halfHeight);
    int left = Math.max(0, x - halfWidth);
    int bottom = Math.min(h, y + halfHeight);
    int right = Math.min(w, x + halfWidth);
    return new Resize.Box(left, top, right - left, bottom - top);
  }

  /** Samples Beta(alpha, alpha). */
  static double beta(double alpha, Rng rng) {
    double a = logGamma(alpha, rng);
    double b = logGamma(alpha, rng);
    return 1 / (1 + StrictMath.exp(b - a));
  }

  /**
   * Samples the logarithm of a gamma variable; for small alpha the variable itself underflows a
   * double. Source: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, 2000;
   * section 6 for alpha below 1.
   */
  private static double logGamma(double alpha, Rng rng) {
    double boost = alpha < 1 ? StrictMath.log(1 - rng.nextDouble()) / alpha : 0;
    double d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3.0;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = rng.nextGaussian();
      double v = 1 + c * x;
      if (v > 0) {
        double cube = v * v * v;
        double u = 1 - rng.nextDouble();
        if (StrictMath.log(u) < 0.5 * x * x + d - d * cube + d * StrictMath.log(cube)) {
          return StrictMath.log(d * cube) + boost;
        }
      }
    }
  }
}
