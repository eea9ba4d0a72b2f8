package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.tensor.Rng;
import java.util.List;

/**
 * A random crop sampled as in TensorFlow's Inception, resized to the network's input with a filter
 * chosen at random for each image.
 *
 * <p>The aspect ratio is uniform in [minRatio, maxRatio], the height is uniform between those of
 * the smallest and largest area, and the position is uniform. After 100 failed attempts the whole
 * image is used. {@link RandomResizedCrop} is torchvision's interpretation of the same sentence in
 * the paper: uniform area, log-uniform aspect ratio, ten attempts, then the largest center crop.
 * Source: {@code sample_distorted_bounding_box_op.cc} with {@code min_object_covered} for the whole
 * image, and {@code distort_image} in tensorflow/models {@code inception/image_processing.py}. Its
 * filters do not antialias when shrinking; here all but {@code NEAREST} do, as in Pillow.
 *
 * @param height rows of the result
 * @param width pixels per row of the result
 * @param area minimum fraction of the image's area; the maximum is 1
 * @param covered minimum fraction of the image that must be covered; 0.1 in TensorFlow's code, so
 *     its 0.05 for the area has no effect
 * @param minRatio minimum ratio of width to height
 * @param maxRatio maximum ratio of width to height
 * @param filters one is chosen at random for each image
 */
public record InceptionCrop(
    int height,
    int width,
    double area,
    double covered,
    double minRatio,
    double maxRatio,
    List<Interpolation> filters)
    implements Augment {
  private static final int TRIES = 100;

  /** Checks the ranges and copies the list. */
  public InceptionCrop {
    filters = List.copyOf(filters);
    if (height < 1 || width < 1 || filters.isEmpty()) {
      throw new DataException(
          "inception crop: expected a size of at least 1x1 and a filter, got "
              + height
              + "x"
              + width
              + " and "
              + filters);
    }
    if (!(area > 0 && area <= 1 && covered >= 0 && covered <= 1)
        || !(minRatio > 0 && minRatio <= maxRatio && Double.isFinite(maxRatio))) {
      throw new DataException(
          "inception crop: expected 0 < area <= 1, 0 <= covered <= 1 and 0 < ratios in ascending"
              + " order; got area "
              + area
              + ", covered "
              + covered
              + ", ratios "
              + minRatio
              + ".."
              + maxRatio);
    }
  }

  /** Area 5% (effectively 10%) to 100%, aspect ratio 0.75 to 1.33, four filters. */
  public static InceptionCrop standard(int height, int width) {
    return new InceptionCrop(height, width, 0.05, 0.1, 0.75, 1.33, Interpolation.INCEPTION);
  }

  @Override
  public boolean setsSize() {
    return true;
  }

  @Override
  public Image apply(Picture in, Draw draw) {
    Resize.Box box = box(in.width(), in.height(), draw.rng());
    Interpolation filter = filters.get(draw.rng().nextInt(filters.size()));
    return Resize.region(in, box, width, height, filter);
  }

  /** Samples the crop for an image of {@code w} x {@code h} pixels. */
  Resize.Box box(int w, int h, Rng rng) {
    double all = (double) w * h;
    for (int i = 0; i < TRIES; i++) {
      double ratio = rng.nextDouble(minRatio, maxRatio);
      int least = (int) Math.rint(Math.sqrt(area * all / ratio));
      int most = Math.min(h, (int) Math.rint(Math.sqrt(all / ratio)));
      if (Math.rint(most * ratio) > w) {
        most = (int) ((w + 0.5 - 1e-7) / ratio);
        most -= Math.rint(most * ratio) > w ? 1 : 0;
      }
      int bh = least >= most ? most : least + rng.nextInt(most - least + 1);
      int bw = (int) Math.rint(bh * ratio);
      // Rounding may have made the area too small.
      if ((double) bw * bh < area * all) {
        bh++;
        bw = (int) Math.rint(bh * ratio);
      }
      if (bw < 1
          || bh < 1
          || bw > w
          || bh > h
          || (double) bw * bh < Math.max(area, covered) * all) {
        continue;
      }
      // As in TensorFlow, the last position is never drawn.
      int top = bh < h ? rng.nextInt(h - bh) : 0;
      int left = bw < w ? rng.nextInt(w - bw) : 0;
      return new Resize.Box(left, top, bw, bh);
    }
    return new Resize.Box(0, 0, w, h);
  }
}
