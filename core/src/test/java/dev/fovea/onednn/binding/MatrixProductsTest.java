package dev.fovea.onednn.binding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.PlainProducts;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixProductsTest {

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "64, 27, 64", "16, 1027, 33", "64, 64, 576"})
  void rowsTimesColumnsAsDefined(int n, int k, int m) {
    float[] a = values(n * k, 1);
    float[] b = values(k * m, 2);

    float[] expected = PlainProducts.product(a, b, n, k, m);
    float[] actual = MatrixProducts.product(a, b, n, k, m);

    for (int i = 0; i < expected.length; i++) {
      // Sums of k products below 1: at most k roundings of 2^-24 of a sum below k.
      assertThat(actual[i]).isCloseTo(expected[i], offset(k));
    }
    assertThat(a).isEqualTo(values(n * k, 1));
    assertThat(b).isEqualTo(values(k * m, 2));
  }

  private static Offset<Float> offset(int k) {
    return Offset.offset((float) (1e-7 * k + 1e-7));
  }

  private static float[] values(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }
}
