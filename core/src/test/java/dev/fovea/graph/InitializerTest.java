package dev.fovea.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Initializer.Fan;
import dev.fovea.tensor.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Moments and bounds of first values, and that they depend on seed and name only. */
class InitializerTest {
  // fan_in 288, fan_out 576; 18,432 values, so a standard deviation is known to 0.5 %.
  private static final Shape WEIGHT = Shape.of(64, 32, 3, 3);

  static Stream<Arguments> laws() {
    double unbounded = Double.POSITIVE_INFINITY;
    return Stream.of(
        Arguments.of(new Initializer.Normal(0.01), 0.01, unbounded),
        Arguments.of(new Initializer.HeNormal(Fan.IN), Math.sqrt(2.0 / 288), unbounded),
        Arguments.of(new Initializer.HeNormal(Fan.OUT), Math.sqrt(2.0 / 576), unbounded),
        Arguments.of(new Initializer.XavierNormal(), Math.sqrt(2.0 / (288 + 576)), unbounded),
        Arguments.of(new Initializer.Uniform(0.3), 0.3 / Math.sqrt(3), 0.3),
        Arguments.of(new Initializer.HeUniform(Fan.IN), Math.sqrt(2.0 / 288), Math.sqrt(6.0 / 288)),
        Arguments.of(new Initializer.XavierUniform(), Math.sqrt(2.0 / 864), Math.sqrt(6.0 / 864)),
        Arguments.of(new Initializer.CaffeXavier(), Math.sqrt(1.0 / 288), Math.sqrt(3.0 / 288)),
        Arguments.of(
            new Initializer.PyTorchDefault(288), Math.sqrt(1.0 / (3 * 288)), Math.sqrt(1.0 / 288)),
        // The variance of N(0, 1) cut at ±1 is 1 - 2·φ(1)/(2Φ(1) - 1) = 0.2911.
        Arguments.of(
            new Initializer.TruncatedNormal(0.1, -0.1, 0.1), 0.1 * Math.sqrt(0.2911), 0.1));
  }

  @ParameterizedTest
  @MethodSource("laws")
  void valuesHaveTheMomentsAndBoundsOfTheirLaw(Initializer law, double std, double bound) {
    float[] values = law.values(WEIGHT, 7);
    assertThat(values).hasSize(18432);
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (float v : values) {
      sum += v;
      squares += (double) v * v;
      largest = Math.max(largest, Math.abs(v));
    }
    double mean = sum / values.length;
    assertThat(mean).isCloseTo(0, within(5 * std / Math.sqrt(values.length)));
    assertThat(Math.sqrt(squares / values.length - mean * mean))
        .isCloseTo(std, within(0.025 * std));
    assertThat(largest).isLessThanOrEqualTo((float) bound);
    // A bounded law comes near its bound, a normal one goes beyond three standard deviations.
    assertThat(largest).isGreaterThan(bound < 1 ? 0.99 * bound : 3 * std);
  }

  @Test
  void aScaledInitializerMultipliesEveryValue() {
    Initializer he = new Initializer.HeNormal(Fan.IN);
    float[] values = he.values(WEIGHT, 7);
    float[] scaled = new Initializer.Scaled(0.25, he).values(WEIGHT, 7);
    for (int i = 0; i < values.length; i++) {
      assertThat(scaled[i]).isEqualTo(values[i] / 4);
    }
  }

  @Test
  void theFirstOutputsOfADiracInitializerPassOnTheirInputs() {
    Initializer others = new Initializer.Constant(0.5);
    Shape shape = Shape.of(5, 3, 3, 2);
    float[] w = new Initializer.Dirac(others).values(shape, 1);
    for (int o = 0; o < 5; o++) {
      for (int i = 0; i < 3; i++) {
        for (int cell = 0; cell < 6; cell++) {
          // The center of 3x2 is row 1, column 1, as in PyTorch.
          float passed = o == i && cell == 3 ? 1 : 0;
          assertThat(w[(o * 3 + i) * 6 + cell]).isEqualTo(o < 3 ? passed : 0.5f);
        }
      }
    }
    assertThat(new Initializer.Dirac(others).values(Shape.of(1, 2, 1, 1), 1)).containsExactly(1, 0);
    assertThatThrownBy(() -> new Initializer.Dirac(others).values(Shape.of(4), 1))
        .isInstanceOf(GraphException.class);
  }

  @Test
  void fixedValuesAreThoseOfTheInitializerInside() {
    Initializer inner = new Initializer.HeNormal(Fan.IN);
    Initializer fixed = new Initializer.Fixed(inner);
    assertThat(fixed.values(WEIGHT, 5)).isEqualTo(inner.values(WEIGHT, 5));
    assertThat(new ParamSpec("w", ParamSpec.Role.WEIGHT, WEIGHT, fixed).fixed()).isTrue();
    assertThat(new ParamSpec("w", ParamSpec.Role.WEIGHT, WEIGHT, inner).fixed()).isFalse();
  }

  @Test
  void aConstantIsEverywhere() {
    assertThat(new Initializer.Constant(0.5).values(Shape.of(3, 2), 1))
        .containsOnly(0.5f)
        .hasSize(6);
  }

  @Test
  void fansOfLinearWeightsAreTheirColumnsAndRows() {
    assertThat(Fan.IN.of(Shape.of(10, 768))).isEqualTo(768);
    assertThat(Fan.OUT.of(Shape.of(10, 768))).isEqualTo(10);
  }

  @Test
  void equalSeedsGiveEqualValuesAndNamesAndSeedsTellThemApart() {
    ParamSpec a =
        new ParamSpec("a.weight", ParamSpec.Role.WEIGHT, WEIGHT, new Initializer.HeNormal(Fan.IN));
    ParamSpec b =
        new ParamSpec("b.weight", ParamSpec.Role.WEIGHT, WEIGHT, new Initializer.HeNormal(Fan.IN));
    assertThat(a.initialValues(3))
        .isEqualTo(a.initialValues(3))
        .isNotEqualTo(a.initialValues(4))
        .isNotEqualTo(b.initialValues(3));
  }
}
