package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.PlainProducts;
import dev.fovea.reference.ReferenceOptimizers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NewtonSchulzTest {
  private static final NewtonSchulz ITERATION = new NewtonSchulz(PlainProducts::product);

  @ParameterizedTest
  @CsvSource({
    "1, 1, 3",
    "1, 9, 5",
    "5, 37, 3",
    "5, 37, 1",
    "37, 5, 5",
    "24, 12, 3",
    "64, 576, 3",
    "33, 1027, 5",
    "64, 64, 5"
  })
  void itEqualsTheIterationsOnTheMatrixItself(int rows, int columns, int iterations) {
    float[] matrix = random(rows * columns, rows + columns);
    double[] exact = new double[matrix.length];
    for (int i = 0; i < exact.length; i++) {
      exact[i] = matrix[i];
    }
    double[] expected = ReferenceOptimizers.Muon.orthogonalized(exact, rows, iterations);
    float[] actual = ITERATION.orthogonalized(matrix, rows, iterations);
    double off = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      off += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    // Roundings of 2^-24 in sums of at most 1,027 terms, which each iteration multiplies by up to
    // its first coefficient, 3.4.
    assertThat(Math.sqrt(off / size)).isLessThan(1e-5);
  }

  @Test
  void singularValuesEndNearOne() {
    int n = 16;
    float[] result = ITERATION.orthogonalized(random(n * 64, 3), n, 5);
    for (int i = 0; i < n; i++) {
      double square = 0;
      for (int j = 0; j < 64; j++) {
        square += result[i * 64 + j] * result[i * 64 + j];
      }
      // Jordan's coefficients lead into [0.7, 1.2].
      assertThat(Math.sqrt(square)).isBetween(0.68, 1.22);
    }
  }

  @Test
  void aMatrixOfZerosStaysOne() {
    assertThat(ITERATION.orthogonalized(new float[12], 3, 3)).containsOnly(0f);
  }

  @Test
  void theMatrixIsNotChanged() {
    float[] matrix = random(12, 1);
    float[] before = matrix.clone();
    ITERATION.orthogonalized(matrix, 4, 3);
    assertThat(matrix).isEqualTo(before);
  }

  private static float[] random(int n, long seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
