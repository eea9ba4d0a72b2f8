package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeedSpreadTest {
  private static final SeedSpread SPREAD = new SeedSpread(List.of(0.70, 0.73, 0.71));

  @Test
  void meanRangeAndDeviationAreThoseOfTheRuns() {
    assertThat(SPREAD.mean()).isCloseTo(0.71333, within(1e-5));
    assertThat(SPREAD.range()).isCloseTo(0.03, within(1e-12));
    assertThat(SPREAD.deviation()).isCloseTo(0.015275, within(1e-6));
    assertThat(SPREAD).hasToString("71.33 % (range 3.00, standard deviation 1.53)");
    assertThat(new SeedSpread(List.of(0.5)).deviation()).isZero();
  }

  @Test
  void anotherMeanIsWithinTheSpreadIfItIsNoFurtherThanTheLargerRange() {
    assertThat(new SeedSpread(List.of(0.685)).isWithin(SPREAD)).isTrue();
    assertThat(new SeedSpread(List.of(0.68)).isWithin(SPREAD)).isFalse();
    assertThat(SPREAD.isWithin(new SeedSpread(List.of(0.75)))).isFalse();
    assertThat(SPREAD.isWithin(new SeedSpread(List.of(0.72, 0.77)))).isTrue();
  }

  @Test
  void noRunsHaveNoSpread() {
    assertThatThrownBy(() -> new SeedSpread(List.of()))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("at least one seed");
  }
}
