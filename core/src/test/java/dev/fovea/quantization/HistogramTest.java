package dev.fovea.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A histogram answers like the numbers themselves, in whatever order they came. */
class HistogramTest {
  private static final int UNSIGNED = 255;

  private static float[] normal(int count, double scale) {
    SplittableRandom random = new SplittableRandom(5);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  @Test
  void theOrderOfTheNumbersDoesNotMatter() {
    float[] small = normal(10_000, 1e-3);
    float[] large = normal(10_000, 100);
    Histogram one = new Histogram();
    one.add(small, small.length);
    one.add(large, large.length);
    Histogram other = new Histogram();
    other.add(large, large.length);
    other.add(small, small.length);
    assertThat(one.largest()).isEqualTo(other.largest());
    for (Observer o : Observer.values()) {
      assertThat(o.step(one, UNSIGNED)).as(o.label()).isEqualTo(o.step(other, UNSIGNED));
    }
  }

  @Test
  void theErrorIsThatOfRoundingTheNumbers() {
    float[] values = normal(50_000, 3);
    Histogram h = new Histogram();
    h.add(values, values.length);
    for (double bound : new double[] {2, 6, h.largest()}) {
      double step = bound / 127;
      double sum = 0;
      for (float v : values) {
        double e = Math.abs(v) - step * Math.min(127, Math.rint(Math.abs(v) / step));
        sum += e * e / values.length;
      }
      assertThat(h.squaredError(step, 127) / sum).isBetween(0.97, 1.03);
    }
  }

  @Test
  void aQuantileIsWhereThatShareEnds() {
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Histogram h = new Histogram();
    h.add(values, values.length);
    assertThat(h.quantile(0.9999)).isBetween(99_980.0, 99_999.0);
    assertThat(h.quantile(0.5)).isBetween(49_990.0, 50_010.0);
  }

  @Test
  void outliersAreClippedWhereThatCostsLess() {
    float[] values = normal(100_000, 1);
    values[0] = 1000;
    Histogram h = new Histogram();
    h.add(values, values.length);
    assertThat(Observer.MIN_MAX.bound(h, UNSIGNED)).isEqualTo(1000);
    assertThat(Observer.PERCENTILE.bound(h, UNSIGNED)).isLessThan(5);
    double bound = Observer.MSE.bound(h, UNSIGNED);
    assertThat(h.squaredError(bound / UNSIGNED, UNSIGNED))
        .isLessThanOrEqualTo(h.squaredError(1000.0 / UNSIGNED, UNSIGNED));
  }

  @Test
  void infiniteNumbersAreNotCounted() {
    Histogram h = new Histogram();
    assertThat(h.add(new float[] {1, Float.NaN}, 2)).isFalse();
    assertThat(h.add(new float[] {Float.NEGATIVE_INFINITY}, 1)).isFalse();
    assertThat(h.largest()).isZero();
  }

  @Test
  void numbersThatAreAllZeroHaveAStep() {
    Histogram h = new Histogram();
    h.add(new float[8], 8);
    for (Observer o : Observer.values()) {
      assertThat(o.step(h, UNSIGNED)).as(o.label()).isEqualTo(1);
    }
  }
}
