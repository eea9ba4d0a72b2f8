package dev.fovea.data.image;

import dev.fovea.api.Api;

/**
 * A smaller scale at which a picture is decoded: of each block of {@link #BLOCK} pixels along an
 * axis of the file only the lowest frequencies of its cosine transform are kept, and the block is
 * sampled as many times as frequencies are left.
 *
 * <pre>{@code
 * Picture picture = Image.black(640, 480);
 * Image image = picture.scale(8).map(s -> picture.part(s.all(), s)).orElseGet(picture::whole);
 * System.out.println(image.width());
 * }</pre>
 *
 * @param across along the rows of the upright picture
 * @param down along its columns
 */
@Api(Api.Status.EXPERIMENTAL)
public record BlockScale(Axis across, Axis down) {
  /** Pixels of a block along an axis, in the file. */
  public static final int BLOCK = 8;

  /**
   * How the samples of an axis came of the pixels of the file.
   *
   * <pre>{@code
   * System.out.println(new BlockScale.Axis(4000, 3, 1, false).length());
   * }</pre>
   *
   * @param pixels of the file along this axis
   * @param samples of a block, below {@link #BLOCK}
   * @param reduction pixels of the file for each pixel of the picture, which is larger than 1 where
   *     a large image is a picture of a smaller size
   * @param fromEnd whether the picture shows the axis in the reverse of the file's order
   */
  @Api(Api.Status.EXPERIMENTAL)
  public record Axis(int pixels, int samples, int reduction, boolean fromEnd) {
    /** The number of samples along the axis; the last block may be cut. */
    public int length() {
      return (pixels * samples + BLOCK - 1) / BLOCK;
    }
  }

  /**
   * The fewest samples of a block from which a picture can be resized such that no more answers of
   * a network change than between two ways to round: at least 2 + 4 / samples of them for each
   * output position. A few frequencies leave more of the filter to guess than their number says.
   * {@link #BLOCK} if all pixels are needed (decision 0126).
   *
   * @param pixels of the file for each output position
   */
  public static int samples(double pixels) {
    for (int n = 1; n < BLOCK; n++) {
      if (pixels * n >= BLOCK * (2 + 4.0 / n)) {
        return n;
      }
    }
    return BLOCK;
  }

  /** The rectangle of all samples. */
  public Resize.Box all() {
    return new Resize.Box(0, 0, across.length(), down.length());
  }
}
