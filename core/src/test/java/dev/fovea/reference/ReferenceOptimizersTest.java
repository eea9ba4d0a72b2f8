package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.reference.ReferenceOptimizers.Sgd;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three steps from w = 1 with gradient w, worked out by hand. */
class ReferenceOptimizersTest {

  @Test
  void withoutMomentumTheStepIsTheGradient() {
    assertThat(weights(new Sgd(0, 0, 0, false)))
        .containsExactly(new double[] {0.9, 0.81, 0.729}, within(1e-15));
  }

  @Test
  void weightDecayJoinsTheGradient() {
    assertThat(weights(new Sgd(0, 0, 0.5, false)))
        .containsExactly(new double[] {0.85, 0.85 * 0.85, 0.85 * 0.85 * 0.85}, within(1e-15));
  }

  @Test
  void momentumKeepsOldSteps() {
    // v: 1, 0.5·1 + 0.9 = 1.4, 0.5·1.4 + 0.76 = 1.46
    assertThat(weights(new Sgd(0.5, 0, 0, false)))
        .containsExactly(new double[] {0.9, 0.76, 0.614}, within(1e-15));
  }

  @Test
  void dampeningDoesNotHoldForTheFirstStep() {
    // v: 1, 0.5·1 + 0.6·0.9 = 1.04, 0.5·1.04 + 0.6·0.796 = 0.9976
    assertThat(weights(new Sgd(0.5, 0.4, 0, false)))
        .containsExactly(new double[] {0.9, 0.796, 0.69624}, within(1e-15));
  }

  @Test
  void nesterovLooksAheadAlongTheVelocity() {
    // v: 1, 0.5 + 0.85 = 1.35, 0.675 + 0.6975 = 1.3725; steps g + 0.5·v: 1.5, 1.525, 1.38375
    assertThat(weights(new Sgd(0.5, 0, 0, true)))
        .containsExactly(new double[] {0.85, 0.6975, 0.559125}, within(1e-15));
  }

  @Test
  void nesterovNeedsMomentumAndNoDampening() {
    assertThatThrownBy(() -> new Sgd(0, 0, 0, true)).hasMessageContaining("momentum 0.0");
    assertThatThrownBy(() -> new Sgd(0.9, 0.1, 0, true)).hasMessageContaining("dampening 0.1");
  }

  @Test
  void velocitiesOfDifferentParametersAreTheirOwn() {
    Sgd sgd = new Sgd(0.5, 0, 0, false);
    double[] a = {1};
    double[] b = {1};
    sgd.step("a", a, new double[] {1}, 0.1);
    sgd.step("b", b, new double[] {2}, 0.1);
    sgd.step("a", a, new double[] {1}, 0.1);
    assertThat(a[0]).isCloseTo(1 - 0.1 - 0.15, within(1e-15));
    assertThat(b[0]).isCloseTo(0.8, within(1e-15));
  }

  @Test
  void clippingScalesAllGradientsByOneFactorAndOnlyIfTheyAreTooLong() {
    double[] a = {3, 0};
    double[] b = {4};
    assertThat(ReferenceOptimizers.clipGlobalNorm(List.of(a, b), 10)).isEqualTo(5);
    assertThat(a).containsExactly(3, 0);
    assertThat(ReferenceOptimizers.clipGlobalNorm(List.of(a, b), 1)).isEqualTo(5);
    assertThat(a[0]).isCloseTo(3 / 5.000001, within(1e-15));
    assertThat(b[0]).isCloseTo(4 / 5.000001, within(1e-15));
  }

  @Test
  void theAverageMovesByOneMinusDecay() {
    double[] average = {1, -1};
    ReferenceOptimizers.average(average, new double[] {2, 3}, 0.75);
    assertThat(average).containsExactly(1.25, 0);
  }

  private static double[] weights(Sgd sgd) {
    double[] w = {1};
    double[] seen = new double[3];
    for (int i = 0; i < 3; i++) {
      sgd.step("w", w, w.clone(), 0.1);
      seen[i] = w[0];
    }
    return seen;
  }
}
