package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HumanTest {

  @Test
  void amountsHaveThreeDigitsAndAUnit() {
    assertThat(Human.amount(999)).isEqualTo("999");
    assertThat(Human.amount(999.7)).isEqualTo("1.00 k");
    assertThat(Human.amount(40_551_040)).isEqualTo("40.6 M");
    assertThat(Human.bytes(1_234_567_890L)).isEqualTo("1.23 GB");
    assertThat(Human.bytes(12)).isEqualTo("12 B");
  }

  @Test
  void durationsUseTheTwoLargestUnits() {
    assertThat(Human.time(Duration.ofMillis(41_600))).isEqualTo("42s");
    assertThat(Human.time(Duration.ofSeconds(185))).isEqualTo("3m05s");
    assertThat(Human.time(Duration.ofMinutes(62))).isEqualTo("1h02m");
    assertThat(Human.time(Duration.ofHours(51))).isEqualTo("2d03h");
  }

  @Test
  void ratesLoseTheirTrailingZeros() {
    assertThat(Human.rate(0.1)).isEqualTo("0.1");
    assertThat(Human.rate(0.00325)).isEqualTo("0.00325");
    assertThat(Human.rate(0.0000012)).isEqualTo("1.20e-06");
    assertThat(Human.rate(1)).isEqualTo("1");
  }

  @Test
  void whatWasNotMeasuredIsADash() {
    assertThat(Human.percent(Double.NaN)).isEqualTo("-");
    assertThat(Human.loss(Double.NaN)).isEqualTo("-");
  }
}
