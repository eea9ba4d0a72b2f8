package dev.fovea.convolution;

/**
 * The rule by which the gradient of a 1x1 convolution's weights is computed by {@link
 * PointwiseGradientCode}: a function of its shape and number format. Its figures: decision 0254.
 *
 * @param channelsIn channels of the source, in whole blocks
 * @param channelsOut channels of the result, in whole blocks
 * @param format the number format of activations
 */
public record PointwiseRule(int channelsIn, int channelsOut, Format format) {
  // Below, interleaving costs more than the product gains.
  private static final int WEIGHTS = 128 * 128;
  private static final int CHANNELS = 48;

  // The panel of the result's gradient, 256 bytes per pair, is read from the L2 cache, and so are
  // the blocks of the source.
  private static final int PAIRS = 192;

  // Distances in the code are 31 bits.
  private static final int WEIGHTS_AT_MOST = 8192 * 8192;

  /** Whether it is faster than the direct algorithm, with the same products of bfloat16. */
  public boolean gains() {
    long weights = (long) channelsIn * channelsOut;
    return format == Format.BF16
        && weights >= WEIGHTS
        && weights <= WEIGHTS_AT_MOST
        && Math.min(channelsIn, channelsOut) >= CHANNELS;
  }

  /** Pairs of pixels that are interleaved before they are multiplied. */
  public int pairsPerBlock() {
    return PAIRS;
  }
}
