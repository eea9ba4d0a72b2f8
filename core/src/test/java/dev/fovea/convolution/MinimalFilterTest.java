package dev.fovea.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The matrices of minimal filters against filters by definition, in float64. */
class MinimalFilterTest {
  private static final Offset<Double> CLOSE = within(1e-10);
  private static final int ROUNDS = 20;

  /** Those that are used, and others. */
  static Stream<MinimalFilter> filters() {
    return Stream.concat(
        Stream.of(Tiling.of(3, 3), Tiling.of(5, 5), Tiling.of(1, 7))
            .map(t -> t.flatMap(Tiling::horizontal).orElseThrow()),
        Stream.of(
            new MinimalFilter(2, 3, List.of(0.0, 1.0, -1.0)),
            new MinimalFilter(4, 3, List.of(0.0, 1.0, -1.0, 2.0, -2.0)),
            new MinimalFilter(6, 3, List.of(0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0)),
            new MinimalFilter(1, 3, List.of(0.0, 1.0))));
  }

  @ParameterizedTest
  @MethodSource("filters")
  void outputsAreThoseOfTheFilter(MinimalFilter f) {
    SplittableRandom random = new SplittableRandom(f.taps());
    for (int round = 0; round < ROUNDS; round++) {
      double[] d = vector(random, f.inputs());
      double[] g = vector(random, f.taps());
      double[] y = times(f.output(), product(times(f.filter(), g), times(f.input(), d)));
      assertThat(y).hasSize(f.outputs());
      for (int i = 0; i < y.length; i++) {
        double right = 0;
        for (int k = 0; k < g.length; k++) {
          right += d[i + k] * g[k];
        }
        assertThat(y[i]).isCloseTo(right, CLOSE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("filters")
  void theTransposedAlgorithmGivesTheGradientOfTheFilter(MinimalFilter f) {
    SplittableRandom random = new SplittableRandom(f.outputs());
    for (int round = 0; round < ROUNDS; round++) {
      double[] d = vector(random, f.inputs());
      double[] dy = vector(random, f.outputs());
      double[] dg =
          times(f.filterGradient(), product(times(f.outputGradient(), dy), times(f.input(), d)));
      assertThat(dg).hasSize(f.taps());
      for (int k = 0; k < dg.length; k++) {
        double right = 0;
        for (int i = 0; i < dy.length; i++) {
          right += d[i + k] * dy[i];
        }
        assertThat(dg[k]).isCloseTo(right, CLOSE);
      }
    }
  }

  /** What {@code TransformCode} saves operations by, and what keeps constants exact. */
  @ParameterizedTest
  @MethodSource("filters")
  void rowsOfTheInputTransformEndInOne(MinimalFilter f) {
    for (double[] row : f.input()) {
      int last = row.length - 1;
      while (row[last] == 0) {
        last--;
      }
      assertThat(row[last]).isEqualTo(1);
    }
  }

  /** A rounded constant would be an error of every tile. */
  @Test
  void constantsOfTheTilesAreExactInBinary32() {
    for (Optional<Tiling> tiling : List.of(Tiling.of(3, 3), Tiling.of(5, 5), Tiling.of(7, 1))) {
      MinimalFilter f = tiling.flatMap(Tiling::vertical).orElseThrow();
      for (double[][] m : List.of(f.input(), f.output())) {
        for (double[] row : m) {
          for (double v : row) {
            assertThat((double) (float) v).isEqualTo(v);
          }
        }
      }
    }
  }

  @Test
  void theFilterOfTwoOutputsHasTheMatricesOfTheLiterature() {
    // Lavin and Gray 2016, section 4.1; rows there are scaled by the denominators.
    MinimalFilter f = new MinimalFilter(2, 3, List.of(0.0, 1.0, -1.0));
    assertThat(f.output()).isDeepEqualTo(new double[][] {{1, 1, 1, 0}, {0, 1, -1, 1}});
    assertThat(f.filter())
        .isDeepEqualTo(new double[][] {{-1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}});
    assertThat(f.input())
        .isDeepEqualTo(new double[][] {{-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}});
  }

  @Test
  void theNumberOfPointsMustFit() {
    assertThatThrownBy(() -> new MinimalFilter(4, 3, List.of(0.0, 1.0, -1.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("F(4, 3) needs 5 points besides infinity, got [0.0, 1.0, -1.0]");
  }

  private static double[] vector(SplittableRandom random, int length) {
    return random.doubles(length, -1, 1).toArray();
  }

  private static double[] product(double[] a, double[] b) {
    double[] p = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      p[i] = a[i] * b[i];
    }
    return p;
  }

  private static double[] times(double[][] m, double[] x) {
    double[] y = new double[m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += m[i][j] * x[j];
      }
    }
    return y;
  }
}
