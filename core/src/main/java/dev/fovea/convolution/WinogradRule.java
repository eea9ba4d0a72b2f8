package dev.fovea.convolution;

import java.util.Optional;

/**
 * The rule by which a convolution takes the fast algorithm: a function of its shape, number format
 * and pass, so that the bits of a result depend on no stopwatch. Its figures: decision 0251.
 *
 * @param tiling how the kernel is tiled
 * @param channelsIn channels of the source, in whole blocks
 * @param channelsOut channels of the result, in whole blocks
 * @param images images in a batch
 * @param height rows of the result
 * @param width columns of the result
 * @param format the number format of activations
 * @param always whether convolutions that are too small to gain take it as well, and products are
 *     in bfloat16 where activations are
 */
public record WinogradRule(
    Tiling tiling,
    int channelsIn,
    int channelsOut,
    int images,
    int height,
    int width,
    Format format,
    boolean always) {

  // Below, calls and barriers cost more than the saved multiplications.
  private static final long MULTIPLY_ADDS = 8_000_000;
  // From here on one block for all threads is faster than blocks of their own.
  private static final int LARGE = 192 * 192;
  // From here on so few tiles as in one image of the last layers do not pay for reading the
  // transformed weights, which are four times as large as the weights.
  private static final int VERY_LARGE = 256 * 256;
  private static final int TILES_FOR_VERY_LARGE = 16;
  // From here on the sums of the weights' gradient dominate, and want many tiles for each pass.
  private static final int HUGE = 512 * 512;

  // Distances in the code are 31 bits: between the matrices of all points, and between blocks of
  // channels.
  private static final long WEIGHTS_AT_MOST = 2048L * 2048;
  private static final long PIXELS_AT_MOST = 1L << 24;

  private static final int SEVEN_TAPS = 7;

  /** The plan of the forward pass; empty if the direct algorithm is taken. */
  public Optional<ConvolutionCode.Plan> forward() {
    return products(16, 96, LARGE).map(p -> plan(p));
  }

  /** The plan of the gradient of the source, which is a convolution from results to sources. */
  public Optional<ConvolutionCode.Plan> sourceGradient() {
    return forward();
  }

  /** The plan of the gradient of the weights; empty if the direct algorithm is taken. */
  public Optional<WeightGradientCode.Plan> weightGradient() {
    int tiles = weights() < LARGE || weights() >= HUGE ? 96 : 24;
    return products(32, 64, VERY_LARGE).map(p -> new WeightGradientCode.Plan(tiles, p));
  }

  /**
   * The format of the products; empty if the direct algorithm is taken.
   *
   * @param least the fewest channels for products in the format of the activations
   * @param leastMixed the fewest channels for products of binary32 on activations of bfloat16,
   *     which must gain against direct products of bfloat16
   * @param mixedBelow the product of channels from which on those gain nothing
   */
  private Optional<Format> products(int least, int leastMixed, int mixedBelow) {
    int channels = Math.min(channelsIn, channelsOut);
    boolean small = multiplyAdds() < MULTIPLY_ADDS;
    boolean fewTiles = weights() >= VERY_LARGE && tiles() < TILES_FOR_VERY_LARGE;
    boolean beyond = weights() > WEIGHTS_AT_MOST || (long) height * width > PIXELS_AT_MOST;
    if ((small && !always) || fewTiles || beyond) {
      return Optional.empty();
    }
    if (format == Format.F32) {
      return channels >= least ? Optional.of(Format.F32) : Optional.empty();
    }
    boolean sevenTaps = tiling.kernelH() == SEVEN_TAPS || tiling.kernelW() == SEVEN_TAPS;
    if (always && !sevenTaps) {
      return channels >= least ? Optional.of(Format.BF16) : Optional.empty();
    }
    return channels >= leastMixed && weights() < mixedBelow
        ? Optional.of(Format.F32)
        : Optional.empty();
  }

  private long weights() {
    return (long) channelsIn * channelsOut;
  }

  private long multiplyAdds() {
    int taps = tiling.kernelH() * tiling.kernelW();
    return weights() * images * height * width * taps;
  }

  private int tiles() {
    int down = (height + tiling.outputH() - 1) / tiling.outputH();
    int across = (width + tiling.outputW() - 1) / tiling.outputW();
    return images * down * across;
  }

  private ConvolutionCode.Plan plan(Format products) {
    if (weights() >= LARGE) {
      return new ConvolutionCode.Plan(66, true, products);
    }
    // Enough blocks for threads to share them evenly.
    int sixes = Math.max(2, Math.min(8, tiles() / (12 * 6)));
    return new ConvolutionCode.Plan(6 * sixes, false, products);
  }
}
