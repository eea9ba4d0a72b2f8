package dev.fovea.data.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A picture that can be decoded at smaller scales, as a JPEG whose colors are stored as they are
 * and are not quantized, and that notes what it is asked for.
 */
public final class ShrinkingPicture implements Picture {
  /** A rectangle that was asked for, and the samples of a block: 8 in full size. */
  public record Request(Resize.Box box, int samples) {
    /** Whether it was asked for at a smaller scale. */
    public boolean isSmaller() {
      return samples < BlockScale.BLOCK;
    }
  }

  private static final int BLOCK = BlockScale.BLOCK;
  private static final int MOST = 4;

  private final Image image;
  private final int fewest;
  private final boolean fromEnd;
  private final List<Request> requests = new ArrayList<>();

  /**
   * @param fewest the fewest samples of a block that it offers
   */
  public ShrinkingPicture(Image image, int fewest) {
    this(image, fewest, false);
  }

  /**
   * @param fromEnd whether its blocks begin at the right and at the bottom
   */
  public ShrinkingPicture(Image image, int fewest, boolean fromEnd) {
    this.image = image;
    this.fewest = fewest;
    this.fromEnd = fromEnd;
  }

  /** What was asked for, in order. */
  public List<Request> requests() {
    return requests;
  }

  @Override
  public int width() {
    return image.width();
  }

  @Override
  public int height() {
    return image.height();
  }

  @Override
  public Optional<BlockScale> scale(double pixels) {
    int n = Math.max(fewest, BlockScale.samples(pixels));
    return n > MOST
        ? Optional.empty()
        : Optional.of(
            new BlockScale(
                new BlockScale.Axis(image.width(), n, 1, fromEnd),
                new BlockScale.Axis(image.height(), n, 1, fromEnd)));
  }

  @Override
  public Image part(Resize.Box box) {
    requests.add(new Request(box, BLOCK));
    return part(image, box);
  }

  @Override
  public Image part(Resize.Box box, BlockScale scale) {
    requests.add(new Request(box, scale.across().samples()));
    return part(lowFrequencies(scale), box);
  }

  private static Image part(Image whole, Resize.Box box) {
    if (box.left() < 0
        || box.top() < 0
        || box.width() < 1
        || box.height() < 1
        || box.left() + box.width() > whole.width()
        || box.top() + box.height() > whole.height()) {
      throw new AssertionError(box + " is not in " + whole.width() + "x" + whole.height());
    }
    return whole.crop(box.left(), box.top(), box.width(), box.height());
  }

  /** The samples of all blocks, rounded to bytes at the end only. */
  private Image lowFrequencies(BlockScale scale) {
    int width = scale.across().length();
    int height = scale.down().length();
    double[] half = new double[image.height() * width * 3];
    // Rows, then columns, of all channels.
    for (int y = 0; y < image.height(); y++) {
      int from = y * image.width();
      int to = y * width;
      along(
          scale.across(),
          (s, pixel, weight) -> {
            for (int c = 0; c < 3; c++) {
              half[(to + s) * 3 + c] += weight * (image.rgb()[(from + pixel) * 3 + c] & 255);
            }
          });
    }
    double[] sums = new double[height * width * 3];
    along(
        scale.down(),
        (s, pixel, weight) -> {
          for (int x = 0; x < width * 3; x++) {
            sums[s * width * 3 + x] += weight * half[pixel * width * 3 + x];
          }
        });
    Image out = Image.black(width, height);
    for (int i = 0; i < sums.length; i++) {
      out.rgb()[i] = Image.clip((int) Math.floor(sums[i] + 0.5));
    }
    return out;
  }

  /** Takes the weight of a pixel in a sample. */
  private interface Weights {
    void take(int sample, int pixel, double weight);
  }

  /** All weights along an axis; the last pixel is repeated behind the end. */
  private static void along(BlockScale.Axis axis, Weights to) {
    int n = axis.samples();
    double[][] weights = new double[n][BLOCK];
    for (int i = 0; i < n; i++) {
      for (int x = 0; x < BLOCK; x++) {
        double sum = 1;
        for (int k = 1; k < n; k++) {
          sum +=
              2
                  * Math.cos(Math.PI * k * (2 * x + 1) / 16)
                  * Math.cos(Math.PI * k * (2 * i + 1) / (2 * n));
        }
        weights[i][x] = sum / BLOCK;
      }
    }
    for (int s = 0; s < axis.length(); s++) {
      for (int x = 0; x < BLOCK; x++) {
        int pixel = Math.min(axis.pixels() - 1, s / n * BLOCK + x);
        to.take(
            axis.fromEnd() ? axis.length() - 1 - s : s,
            axis.fromEnd() ? axis.pixels() - 1 - pixel : pixel,
            weights[s % n][x]);
      }
    }
  }
}
