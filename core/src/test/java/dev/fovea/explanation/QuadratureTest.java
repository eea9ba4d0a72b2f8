package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuadratureTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 10, 20, 50, 200, 1000})
  void polynomialsUpToTwiceTheDegreeAreIntegratedExactly(int n) {
    Quadrature rule = Quadrature.gaussLegendre(n);
    assertThat(Arrays.stream(rule.weights()).sum()).isCloseTo(1, within(1e-13));
    assertThat(rule.points()).isSorted();
    assertThat(Arrays.stream(rule.points()).allMatch(p -> p > 0 && p < 1)).isTrue();
    assertThat(Arrays.stream(rule.weights()).allMatch(w -> w > 0)).isTrue();
    for (int degree : new int[] {1, n, 2 * n - 1}) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += rule.weights()[i] * Math.pow(rule.points()[i], degree);
      }
      assertThat(sum).as("degree %s", degree).isCloseTo(1.0 / (degree + 1), within(1e-12));
    }
  }
}
