package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsBf16;
import dev.fovea.convolution.Format;
import dev.fovea.convolution.WeightsCode.Order;
import dev.fovea.graph.Window;
import dev.fovea.x86.VectorWidth;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Teams that are smaller than the one that code was assembled for: the OpenMP runtime may grant
 * fewer threads than it is asked for, and more threads than there is work may be asked for.
 */
class FastKernelTest {
  @ParameterizedTest(name = "threads {0} of {1}, size {2}, all threads on a block: {3}")
  @CsvSource({
    "1, 8, 20, true",
    "1, 8, 20, false",
    "2, 3, 20, true",
    "2, 3, 20, false",
    "3, 64, 9, true",
    "3, 64, 9, false",
    "7, 7, 1, true",
    "7, 7, 1, false"
  })
  void anyTeamComputesTheWholeConvolution(int threads, int asked, int size, boolean shared) {
    for (boolean weights : new boolean[] {false, true}) {
      FastKernel kernel =
          new FastKernel(
              weights,
              VectorWidth.YMM,
              1,
              24,
              16,
              size,
              size,
              Window.square(3).pad(1),
              Format.F32,
              Format.F32,
              6,
              shared,
              Order.FORWARD,
              true,
              false,
              false,
              false,
              asked,
              threads,
              size);
      assertThat(kernel.run()).as(kernel.toString()).isEmpty();
    }
  }

  /**
   * Odd and even numbers of pixels, in blocks of several images and in parts of one, in whole
   * panels and in part of one.
   */
  @NeedsBf16
  @ParameterizedTest(name = "{0} images of {1}x{2}, {3} channels to {4}, {5} pairs at once")
  @CsvSource({
    "1, 1, 1, 16, 16, 192",
    "3, 1, 1, 16, 16, 2",
    "5, 7, 7, 48, 80, 192",
    "5, 7, 7, 48, 80, 60",
    "2, 7, 7, 48, 80, 9",
    "2, 9, 5, 16, 208, 1",
    "3, 8, 8, 96, 64, 64",
    "2, 14, 14, 64, 128, 32"
  })
  void aPointwiseGradientSumsAllPixels(
      int images, int height, int width, int in, int out, int pairs) {
    for (int threads : new int[] {1, 2, 5}) {
      FastKernel kernel =
          new FastKernel(
              true,
              VectorWidth.ZMM,
              images,
              in,
              out,
              height,
              width,
              Window.square(1),
              Format.BF16,
              Format.BF16,
              pairs,
              true,
              Order.FORWARD,
              true,
              false,
              false,
              true,
              threads,
              threads,
              in);
      assertThat(kernel.run()).as(kernel.toString()).isEmpty();
    }
  }
}
