package dev.fovea.study.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.study.ledger.Figure.Rule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FigureTest {

  @ParameterizedTest
  @CsvSource({
    "AT_LEAST, 2, 2, true",
    "AT_LEAST, 2, 1.999, false",
    "AT_LEAST, 2, Infinity, false",
    "AT_MOST, 2, 2, true",
    "AT_MOST, 2, 2.001, false",
    "AT_MOST, 2, NaN, false",
    "ABOUT, 2, 2.199, true",
    "ABOUT, 2, 1.801, true",
    "ABOUT, 2, 2.201, false",
    "ABOUT, 2, 1.799, false",
    "ABOUT, -2, -2.1, true",
    "ABOUT, 2, NaN, false",
    "EXACTLY, 3, 3, true",
    "EXACTLY, 3, 3.001, false",
  })
  void aRuleHoldsUpToItsBound(Rule rule, double wanted, double measured, boolean holds) {
    assertThat(Figure.of("a number", rule, wanted, measured, "").holds()).isEqualTo(holds);
  }
}
