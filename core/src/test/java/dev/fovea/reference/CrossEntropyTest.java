package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The loss at points where it can be worked out by hand. */
class CrossEntropyTest {

  @Test
  void equalLogitsCostTheLogarithmOfTheNumberOfClasses() {
    CrossEntropy ce = CrossEntropy.of(new double[] {3, 3, 3, 3}, new double[] {0, 1, 0, 0}, 1, 0);
    assertThat(ce.loss()).isCloseTo(Math.log(4), within(1e-15));
    assertThat(ce.gradient())
        .containsExactly(new double[] {0.25, -0.75, 0.25, 0.25}, within(1e-15));
  }

  @Test
  void theMeanIsOverTheBatch() {
    double[] logits = {Math.log(3), 0, 0, Math.log(3)};
    CrossEntropy ce = CrossEntropy.of(logits, new double[] {1, 0, 1, 0}, 2, 0);
    assertThat(ce.loss()).isCloseTo((Math.log(4.0 / 3) + Math.log(4)) / 2, within(1e-15));
    assertThat(ce.gradient())
        .containsExactly(new double[] {-0.125, 0.125, -0.375, 0.375}, within(1e-15));
  }

  @Test
  void labelSmoothingMovesItsShareToAllClasses() {
    double[] logits = {Math.log(3), 0};
    CrossEntropy ce = CrossEntropy.of(logits, new double[] {1, 0}, 1, 0.1);
    assertThat(ce.loss()).isCloseTo(0.95 * Math.log(4.0 / 3) + 0.05 * Math.log(4), within(1e-15));
    assertThat(ce.gradient())
        .containsExactly(new double[] {0.75 - 0.95, 0.25 - 0.05}, within(1e-15));
  }

  @Test
  void softTargetsWeighEachClass() {
    CrossEntropy ce =
        CrossEntropy.of(new double[] {Math.log(3), 0}, new double[] {0.25, 0.75}, 1, 0);
    assertThat(ce.loss()).isCloseTo(0.25 * Math.log(4.0 / 3) + 0.75 * Math.log(4), within(1e-15));
    assertThat(ce.gradient()).containsExactly(new double[] {0.5, -0.5}, within(1e-15));
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    CrossEntropy ce = CrossEntropy.of(new double[] {1e5, -1e5}, new double[] {0, 1}, 1, 0);
    assertThat(ce.loss()).isEqualTo(2e5);
    assertThat(ce.gradient()).containsExactly(1, -1);
  }
}
