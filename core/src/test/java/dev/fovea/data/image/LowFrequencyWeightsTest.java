package dev.fovea.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.tensor.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowFrequencyWeightsTest {
  private static final double FIXED = 1 << FilterWeights.PRECISION;

  /** Weights of pixels: those of samples times those of pixels in samples, as the format says. */
  private static double[] effective(BlockScale.Axis axis, FilterWeights w, int output) {
    double[] pixels = new double[axis.pixels()];
    int n = axis.samples();
    for (int k = 0; k < w.count()[output]; k++) {
      int shown = w.first()[output] + k;
      int sample = axis.fromEnd() ? axis.length() - 1 - shown : shown;
      for (int x = 0; x < 8; x++) {
        double weight = 1;
        for (int u = 1; u < n; u++) {
          weight +=
              2
                  * Math.cos(Math.PI * u * (2 * x + 1) / 16)
                  * Math.cos(Math.PI * u * (2 * (sample % n) + 1) / (2 * n));
        }
        pixels[Math.min(axis.pixels() - 1, sample / n * 8 + x)] +=
            weight / 8 * w.weights()[output * w.size() + k] / FIXED;
      }
    }
    return pixels;
  }

  /** Weights of pixels of the file that the filter itself has. */
  private static double[] wanted(BlockScale.Axis axis, FilterWeights exact, int from, int output) {
    double[] pixels = new double[axis.pixels()];
    int all = (axis.pixels() + axis.reduction() - 1) / axis.reduction();
    for (int k = 0; k < exact.count()[output]; k++) {
      int shown = from + exact.first()[output] + k;
      int pixel = axis.fromEnd() ? all - 1 - shown : shown;
      int start = pixel * axis.reduction();
      int end = Math.min(axis.pixels(), start + axis.reduction());
      for (int x = start; x < end; x++) {
        pixels[x] += exact.weights()[output * exact.size() + k] / FIXED / (end - start);
      }
    }
    return pixels;
  }

  /** The expected square of a sum of pixels of a photograph with such weights. */
  private static double energy(double[] weights) {
    double sum = 0;
    double left = 0;
    for (double w : weights) {
      sum += w * w + 2 * w * left;
      left = (left + w) * 0.98;
    }
    return sum;
  }

  private static double distance(
      BlockScale.Axis axis, FilterWeights w, FilterWeights exact, int from, int output) {
    double[] difference = effective(axis, w, output);
    double[] f = wanted(axis, exact, from, output);
    for (int x = 0; x < f.length; x++) {
      difference[x] -= f[x];
    }
    return energy(difference);
  }

  @ParameterizedTest
  @CsvSource({
    "4000, 1, 1, 0, 4000, 100, BILINEAR, false, 95",
    "3000, 3, 1, 0, 3000, 256, BILINEAR, false, 20",
    "3001, 3, 1, 7, 2990, 256, BILINEAR, true, 20",
    "3003, 3, 1, 0, 3003, 256, BICUBIC, true, 20",
    "2047, 4, 1, 13, 2034, 224, LANCZOS, false, 25",
    "2047, 4, 1, 0, 2047, 250, BOX, false, 120",
    "1795, 2, 1, 3, 1791, 100, BILINEAR, true, 30",
    "9003, 2, 2, 0, 4502, 256, BILINEAR, true, 40",
    "9004, 2, 3, 11, 2990, 200, BICUBIC, false, 25",
    "77, 4, 1, 5, 72, 8, BILINEAR, true, 30"
  })
  void samplesAreWeighedSoThatPixelsWeighAsInTheFilter(
      int pixels,
      int samples,
      int reduction,
      int from,
      int length,
      int outputs,
      Interpolation filter,
      boolean fromEnd,
      double most) {
    BlockScale.Axis axis = new BlockScale.Axis(pixels, samples, reduction, fromEnd);
    FilterWeights exact = FilterWeights.of(length, 0, length, outputs, 0, outputs, filter);

    FilterWeights w = LowFrequencyWeights.of(axis, from, length, outputs, 0, outputs, filter);

    assertThat(w.least()).isNotNegative();
    assertThat(w.most()).isLessThanOrEqualTo(axis.length());
    for (int i = 0; i < outputs; i++) {
      int start = i * w.size();
      int[] row = Arrays.copyOfRange(w.weights(), start, start + w.count()[i]);
      assertThat(Arrays.stream(row).sum()).isCloseTo((int) FIXED, within(w.count()[i] / 2 + 8));
      // Sums of products with bytes fit into an int.
      assertThat(Arrays.stream(row).mapToLong(Math::abs).sum()).isLessThan((long) (1.9 * FIXED));
      assertThat(w.first()[i]).isGreaterThanOrEqualTo(i == 0 ? 0 : w.first()[i - 1]);
      // In ten-thousandths of the deviation of a picture. The filter is cut off at an edge.
      double distance = 1e4 * Math.sqrt(distance(axis, w, exact, from, i));
      boolean edge = i < 2 || i >= outputs - 2;
      assertThat(distance).as("output %d", i).isLessThan(edge ? 2.5 * most : most);
    }
  }

  @Test
  void noOtherWeightsThatSumToOneAreNearer() {
    Rng rng = Rng.of(14, 26, 0);
    for (int round = 0; round < 40; round++) {
      int samples = 1 + rng.nextInt(4);
      int pixels = 100 + rng.nextInt(200);
      BlockScale.Axis axis = new BlockScale.Axis(pixels, samples, 1, round % 2 == 0);
      int outputs = Math.max(1, (int) (pixels * samples / 8 / (2.0 + 4 * rng.nextDouble())));
      Interpolation filter = round % 3 == 0 ? Interpolation.BICUBIC : Interpolation.BILINEAR;
      FilterWeights exact = FilterWeights.of(pixels, 0, pixels, outputs, 0, outputs, filter);
      FilterWeights w = LowFrequencyWeights.of(axis, 0, pixels, outputs, 0, outputs, filter);
      for (int i : new int[] {0, outputs / 2, outputs - 1}) {
        double least = distance(axis, w, exact, 0, i) + noise(w, i);
        for (int k = 0; k + 1 < w.count()[i]; k++) {
          FilterWeights other =
              new FilterWeights(w.first(), w.count(), w.weights().clone(), w.size());
          int step = (int) (FIXED / 100) * (k % 2 == 0 ? 1 : -1);
          other.weights()[i * w.size() + k] += step;
          other.weights()[i * w.size() + w.count()[i] - 1] -= step;
          assertThat(distance(axis, other, exact, 0, i) + noise(other, i)).isGreaterThan(least);
        }
      }
    }
  }

  private static double noise(FilterWeights w, int output) {
    double sum = 0;
    for (int k = 0; k < w.count()[output]; k++) {
      double weight = w.weights()[output * w.size() + k] / FIXED;
      sum += 1e-4 * weight * weight;
    }
    return sum;
  }

  @Test
  void anAxisInReverseHasTheSameWeightsInReverse() {
    for (int pixels : new int[] {800, 803, 1007}) {
      for (int from : new int[] {0, 17}) {
        int length = pixels - from - 5;
        FilterWeights w =
            LowFrequencyWeights.of(
                new BlockScale.Axis(pixels, 3, 1, false),
                from,
                length,
                60,
                0,
                60,
                Interpolation.BICUBIC);
        BlockScale.Axis axis = new BlockScale.Axis(pixels, 3, 1, true);
        FilterWeights other =
            LowFrequencyWeights.of(axis, 5, length, 60, 0, 60, Interpolation.BICUBIC);
        for (int i = 0; i < 60; i++) {
          assertThat(other.first()[59 - i]).isEqualTo(axis.length() - w.first()[i] - w.count()[i]);
          for (int k = 0; k < w.count()[i]; k++) {
            assertThat(other.weights()[(59 - i) * other.size() + w.count()[i] - 1 - k])
                .isCloseTo(w.weights()[i * w.size() + k], within(4));
          }
        }
      }
    }
  }

  @Test
  void aWindowHasTheWeightsOfItsPlaces() {
    BlockScale.Axis axis = new BlockScale.Axis(3000, 3, 1, false);
    FilterWeights all = LowFrequencyWeights.of(axis, 10, 2900, 250, 0, 250, Interpolation.BILINEAR);
    FilterWeights window =
        LowFrequencyWeights.of(axis, 10, 2900, 250, 30, 200, Interpolation.BILINEAR);
    for (int i = 0; i < 200; i++) {
      assertThat(window.first()[i]).isEqualTo(all.first()[30 + i]);
      assertThat(window.count()[i]).isEqualTo(all.count()[30 + i]);
      for (int k = 0; k < window.count()[i]; k++) {
        assertThat(window.weights()[i * window.size() + k])
            .isEqualTo(all.weights()[(30 + i) * all.size() + k]);
      }
    }
  }

  @Test
  void wideFiltersAreThoseOfSamples() {
    BlockScale.Axis axis = new BlockScale.Axis(16_000, 1, 1, false);
    FilterWeights w = LowFrequencyWeights.of(axis, 800, 14_400, 50, 0, 50, Interpolation.BILINEAR);
    FilterWeights plain = FilterWeights.of(2000, 100, 1900, 50, 0, 50, Interpolation.BILINEAR);
    assertThat(w.first()).isEqualTo(plain.first());
    assertThat(w.weights()).isEqualTo(plain.weights());
    FilterWeights reversed =
        LowFrequencyWeights.of(
            new BlockScale.Axis(16_000, 1, 1, true),
            800,
            14_400,
            50,
            0,
            50,
            Interpolation.BILINEAR);
    assertThat(reversed.first()).isEqualTo(plain.first());
    FilterWeights exact = FilterWeights.of(14_400, 0, 14_400, 50, 0, 50, Interpolation.BILINEAR);
    assertThat(1e4 * Math.sqrt(distance(axis, w, exact, 800, 25))).isLessThan(10);
  }
}
