package dev.fovea.onednn;

import dev.fovea.graph.Window;

/**
 * What the result of a convolution may be off by, from the rounding errors of the direct algorithm
 * and of Winograd's minimal filtering F(m,r) (Lavin and Gray 2016; the analysis follows Barabasz,
 * Anderson, Soodhalter and Gregg 2018, "Error analysis and improving the accuracy of Winograd
 * convolution for deep neural networks", with variances in place of absolute values).
 *
 * <p><b>The algorithm.</b> With n = m + r - 1 points, m results of one dimension are
 *
 * <pre>  y = Aᵀ [ Σ_c (G g_c) ⊙ (Bᵀ d_c) ]</pre>
 *
 * for the r weights g and n inputs d of each of the C channels; in two dimensions every transform
 * is applied along both. The matrices are those of Toom and Cook for the points a_j: A holds the
 * powers a_jⁱ, G the powers over N_j = Π(a_j - a_l), a row of Bᵀ the coefficients of Π(x - a_l), l
 * ≠ j.
 *
 * <p><b>Sizes.</b> For inputs and weights with independent values of variance σd² and σg², an
 * element ξ of the transformed tile has variance ‖B_ξ‖²σd², one of the transformed weights
 * ‖G_ξ‖²σg², and their sum over the channels C‖B_ξ‖²‖G_ξ‖²σd²σg². The result has variance Crσd²σg².
 * A relative error ε of every product hence is an error of κε of the result, with the amplification
 *
 * <pre>  κ² = max_o Σ_ξ A[o,ξ]² ‖G_ξ‖² ‖B_ξ‖² / r</pre>
 *
 * in one dimension, and κ² where both are transformed. It does not depend on how the rows of G and
 * B are scaled. The weight gradient, Gᵀ[Σ (Bᵀd) ⊙ (A dy)], has
 *
 * <pre>  κ² = max_k Σ_ξ G[ξ,k]² ‖B_ξ‖² ‖A_ξ‖² / m</pre>
 *
 * <p><b>Roundings.</b> One rounding to nearest with unit roundoff u is an error that is uniform in
 * ±u at most, of variance u²/3. A transform of length l rounds every value at most l times in each
 * direction, of products and of sums. A sum over T terms in sequence rounds partial sums whose
 * variance grows from 1/T to 1 of the whole: T/2 roundings of the whole. Together, in binary32, for
 * s transformed directions:
 *
 * <pre>  ε = κˢ u √((s(r + 2n) + T/2) / 3),   u = 2⁻²⁴</pre>
 *
 * and √(T/6) u for the direct algorithm over all its T terms. With products of bfloat16, the tile
 * and the weights are rounded once more each, with u = 2⁻⁸: κˢ u √(2/3) is added in squares. Values
 * stored as bfloat16 add √(1/3) u each.
 *
 * <p>Everything is relative to what the result would be if no padding cut its sums: √terms times
 * the root mean squares of the two operands. It bounds the root mean square of the error. The
 * largest of a hundred thousand errors stays below {@value #LARGEST} times that: the largest of as
 * many normal values is 4.5σ, and the rounding of such a value errs by up to 4.5·√3 = 7.8 times the
 * root mean square.
 */
final class ConvolutionErrorBound {
  /** The unit roundoff of binary32. */
  static final double F32 = 0x1p-24;

  /** The unit roundoff of bfloat16. */
  static final double BF16 = 0x1p-8;

  /** The largest error in root mean squares. */
  static final int LARGEST = 8;

  /** How products are computed. */
  enum Products {
    /** By the definition of a convolution. */
    DIRECT,
    /** Of transformed tiles in binary32. */
    WINOGRAD_F32,
    /** Of transformed tiles that are rounded to bfloat16. */
    WINOGRAD_BF16
  }

  private final Window window;
  private final Products products;

  ConvolutionErrorBound(Window window, Products products) {
    this.window = window;
    this.products = products;
  }

  /** The minimal filtering that is used along a side of {@code r} weights. */
  static MinimalFiltering along(int r) {
    return switch (r) {
      case 3 -> MinimalFiltering.of(4, 3, 0.75, 1.5);
      case 5 -> MinimalFiltering.of(2, 5, 0.75, 1.5);
      case 7 -> MinimalFiltering.of(4, 7, 0.5, 0.75, 1.25, 2);
      default -> throw new IllegalArgumentException("no fast algorithm for " + r + " weights");
    };
  }

  /** Of the result, or of the gradient of the source, over {@code channels} channels. */
  double values(int channels) {
    return products == Products.DIRECT
        ? direct((double) channels * window.kernelH() * window.kernelW())
        : winograd(channels, false);
  }

  /**
   * Of the gradient of the weights.
   *
   * @param pixels of the results of all images
   */
  double weightGradient(double pixels) {
    return products == Products.DIRECT ? direct(pixels) : winograd(pixels, true);
  }

  /** Of a sum of {@code terms} products, one after another. */
  static double direct(double terms) {
    return F32 * Math.sqrt(terms / 6);
  }

  // Terms of the weight gradient are tiles, at most as many as pixels.
  private double winograd(double terms, boolean weightGradient) {
    double amplification = 1;
    double roundings = terms / 2;
    for (int r : new int[] {window.kernelH(), window.kernelW()}) {
      if (r > 1) {
        MinimalFiltering f = along(r);
        amplification *= weightGradient ? f.weightAmplification() : f.amplification();
        roundings += r + 2 * f.points();
      }
    }
    double inF32 = F32 * Math.sqrt(roundings / 3);
    double inBf16 = products == Products.WINOGRAD_BF16 ? BF16 * Math.sqrt(2.0 / 3) : 0;
    return amplification * Math.hypot(inF32, inBf16);
  }
}
