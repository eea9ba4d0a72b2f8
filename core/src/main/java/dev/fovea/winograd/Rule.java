package dev.fovea.winograd;

import dev.fovea.winograd.ConvolutionCode.Plan;
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
 * @param bf16Products whether products of bfloat16 are allowed for activations of bfloat16
 */
public record Rule(
    Tiling tiling,
    int channelsIn,
    int channelsOut,
    int images,
    int height,
    int width,
    Format format,
    boolean bf16Products) {

  // From here on the transformed weights exceed a core's L2 cache, and every block reads them anew.
  private static final int LARGE_WEIGHTS = 128 * 256;

  /** The plan of the forward pass; empty if the direct algorithm is faster. */
  public Optional<Plan> forward() {
    return pays() ? Optional.of(plan(channelsIn, channelsOut)) : Optional.empty();
  }

  /** The plan of the gradient of the source, which is a convolution from results to sources. */
  public Optional<Plan> sourceGradient() {
    return pays() ? Optional.of(plan(channelsOut, channelsIn)) : Optional.empty();
  }

  /** Tiles per block for the gradient of the weights; empty if the direct algorithm is faster. */
  public Optional<Integer> weightGradient() {
    return pays() ? Optional.of(channelsIn * channelsOut >= 512 * 512 ? 64 : 24) : Optional.empty();
  }

  private boolean pays() {
    boolean bf16 = format == Format.BF16;
    return Math.min(channelsIn, channelsOut) >= 32 && (!bf16 || bf16Products);
  }

  private Plan plan(int in, int out) {
    boolean large = in * out >= LARGE_WEIGHTS;
    return new Plan(large ? 66 : 48, large, format);
  }
}
