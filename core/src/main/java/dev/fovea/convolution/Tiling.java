package dev.fovea.convolution;

import java.util.List;
import java.util.Optional;

/**
 * How a convolution of stride 1 is cut into tiles: a minimal filter for the rows, for the columns,
 * or for both.
 *
 * @param vertical the filter across rows; empty if the kernel has one row
 * @param horizontal the filter across columns; empty if the kernel has one column
 */
public record Tiling(Optional<MinimalFilter> vertical, Optional<MinimalFilter> horizontal) {
  // Points whose powers are exact in binary32 and small: the rounding error is less than half of
  // that with the customary 0, 1, -1, 2, -2.
  private static final List<Double> SIX = List.of(0.0, 0.75, -0.75, 1.5, -1.5);
  private static final List<Double> TEN =
      List.of(0.0, 0.5, -0.5, 0.75, -0.75, 1.25, -1.25, 2.0, -2.0);

  /**
   * The tiling for a kernel, if there is one: F(4x4,3x3), F(2x2,5x5), F(4,3) for 1x3 and 3x1, and
   * F(4,7) for 1x7 and 7x1.
   */
  public static Optional<Tiling> of(int kernelH, int kernelW) {
    boolean square = kernelH == kernelW && (kernelH == 3 || kernelH == 5);
    boolean row = kernelH == 1 && (kernelW == 3 || kernelW == 7);
    boolean column = kernelW == 1 && (kernelH == 3 || kernelH == 7);
    return square || row || column
        ? Optional.of(new Tiling(filter(kernelH), filter(kernelW)))
        : Optional.empty();
  }

  private static Optional<MinimalFilter> filter(int taps) {
    return switch (taps) {
      case 1 -> Optional.empty();
      case 3 -> Optional.of(new MinimalFilter(4, 3, SIX));
      case 5 -> Optional.of(new MinimalFilter(2, 5, SIX));
      case 7 -> Optional.of(new MinimalFilter(4, 7, TEN));
      default -> throw new IllegalArgumentException("no minimal filter for " + taps + " taps");
    };
  }

  /** Output rows of a tile. */
  public int outputH() {
    return vertical.map(MinimalFilter::outputs).orElse(1);
  }

  /** Output columns of a tile. */
  public int outputW() {
    return horizontal.map(MinimalFilter::outputs).orElse(1);
  }

  /** Input rows of a tile. */
  public int inputH() {
    return vertical.map(MinimalFilter::inputs).orElse(1);
  }

  /** Input columns of a tile. */
  public int inputW() {
    return horizontal.map(MinimalFilter::inputs).orElse(1);
  }

  /** Rows of the kernel. */
  public int kernelH() {
    return vertical.map(MinimalFilter::taps).orElse(1);
  }

  /** Columns of the kernel. */
  public int kernelW() {
    return horizontal.map(MinimalFilter::taps).orElse(1);
  }

  /** Products per tile and pair of channels: the number of matrix products. */
  public int points() {
    return inputH() * inputW();
  }

  /** A pair of one-dimensional transforms, by rows and by columns. */
  Pair input() {
    return new Pair(vertical.map(MinimalFilter::input), horizontal.map(MinimalFilter::input));
  }

  Pair output() {
    return new Pair(vertical.map(MinimalFilter::output), horizontal.map(MinimalFilter::output));
  }

  Pair outputGradient() {
    return new Pair(
        vertical.map(MinimalFilter::outputGradient), horizontal.map(MinimalFilter::outputGradient));
  }

  Pair filter() {
    return new Pair(vertical.map(MinimalFilter::filter), horizontal.map(MinimalFilter::filter));
  }

  Pair filterGradient() {
    return new Pair(
        vertical.map(MinimalFilter::filterGradient), horizontal.map(MinimalFilter::filterGradient));
  }

  /** A transform of a matrix: one matrix for its columns, one for its rows. */
  record Pair(Optional<double[][]> vertical, Optional<double[][]> horizontal) {
    int rowsIn() {
      return vertical.map(m -> m[0].length).orElse(1);
    }

    int rowsOut() {
      return vertical.map(m -> m.length).orElse(1);
    }

    int columnsIn() {
      return horizontal.map(m -> m[0].length).orElse(1);
    }

    int columnsOut() {
      return horizontal.map(m -> m.length).orElse(1);
    }
  }

  /** For example {@code F(4x4,3x3)}, or {@code F(1x4,1x7)} in one dimension. */
  @Override
  public String toString() {
    return "F(" + outputH() + "x" + outputW() + "," + kernelH() + "x" + kernelW() + ")";
  }
}
