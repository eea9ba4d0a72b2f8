package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;
import java.util.List;

/**
 * A random crop of random area and aspect ratio, resized to the network's input.
 *
 * <p>The area is uniform in [minArea, maxArea] of the image's, the aspect ratio log-uniform in
 * [minRatio, maxRatio]. After ten failed attempts, the largest center crop with an allowed aspect
 * ratio is used. Source: Szegedy et al. 2014, section 6, as in torchvision's {@code
 * RandomResizedCrop} (transforms.py, {@code get_params}); {@link InceptionCrop} is TensorFlow's
 * interpretation.
 *
 * @param height rows of the result
 * @param width pixels per row of the result
 * @param minArea minimum fraction of the image's area
 * @param maxArea maximum fraction of the image's area
 * @param minRatio minimum ratio of width to height
 * @param maxRatio maximum ratio of width to height
 * @param filters one is chosen at random for each image; several give GoogLeNet's random
 *     interpolation
 */
public record RandomResizedCrop(
    int height,
    int width,
    double minArea,
    double maxArea,
    double minRatio,
    double maxRatio,
    List<Interpolation> filters)
    implements Augment {
  private static final int TRIES = 10;

  /** Checks the ranges and copies the list. */
  public RandomResizedCrop {
    filters = List.copyOf(filters);
    if (filters.isEmpty()) {
      throw new DataException("random resized crop: expected at least one filter, got none");
    }
    if (height < 1 || width < 1) {
      throw new DataException(
          "random resized crop: the size must be at least 1x1, got " + height + "x" + width);
    }
    if (!(minArea > 0 && minArea <= maxArea && maxArea <= 1 && minRatio > 0 && minRatio <= maxRatio)
        || !Double.isFinite(maxRatio)) {
      throw new DataException(
          "random resized crop: expected 0 < areas <= 1 and 0 < ratios, each in ascending order;"
              + " got areas "
              + minArea
              + ".."
              + maxArea
              + ", ratios "
              + minRatio
              + ".."
              + maxRatio);
    }
  }

  /** With one filter for all images. */
  public RandomResizedCrop(
      int height,
      int width,
      double minArea,
      double maxArea,
      double minRatio,
      double maxRatio,
      Interpolation filter) {
    this(height, width, minArea, maxArea, minRatio, maxRatio, List.of(filter));
  }

  /** Area 8% to 100%, aspect ratio 3:4 to 4:3, bilinear. */
  public static RandomResizedCrop standard(int height, int width) {
    return new RandomResizedCrop(height, width, 0.08, 1, 3 / 4.0, 4 / 3.0, Interpolation.BILINEAR);
  }

  @Override
  public boolean setsSize() {
    return true;
  }

  @Override
  public Image apply(Picture in, Draw draw) {
    Resize.Box box = box(in.width(), in.height(), draw.rng());
    Interpolation filter =
        filters.get(filters.size() == 1 ? 0 : draw.rng().nextInt(filters.size()));
    return Resize.region(in, box, width, height, filter);
  }

  /** Samples the crop for an image of {@code w} x {@code h} pixels. */
  Resize.Box box(int w, int h, Rng rng) {
    double logMin = StrictMath.log(minRatio);
    double logMax = StrictMath.log(maxRatio);
    for (int i = 0; i < TRIES; i++) {
      double area = (double) w * h * rng.nextDouble(minArea, maxArea);
      double ratio = StrictMath.exp(rng.nextDouble(logMin, logMax));
      int bw = (int) Math.rint(Math.sqrt(area * ratio));
      int bh = (int) Math.rint(Math.sqrt(area / ratio));
      if (bw > 0 && bw <= w && bh > 0 && bh <= h) {
        int top = rng.nextInt(h - bh + 1);
        int left = rng.nextInt(w - bw + 1);
        return new Resize.Box(left, top, bw, bh);
      }
    }
    double ratio = (double) w / h;
    int bw = ratio > maxRatio ? Math.max(1, (int) Math.rint(h * maxRatio)) : w;
    int bh = ratio < minRatio ? Math.max(1, (int) Math.rint(w / minRatio)) : h;
    return new Resize.Box((w - bw) / 2, (h - bh) / 2, bw, bh);
  }
}
