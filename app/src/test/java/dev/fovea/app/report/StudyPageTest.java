package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.study.Criterion;
import dev.fovea.study.Finding;
import org.junit.jupiter.api.Test;

class StudyPageTest {
  private static String measured(Criterion criterion, double value) {
    return StudyPage.measured(new Finding(criterion, value));
  }

  @Test
  void aNumberNextToItsLimitHasDecimalsThatTellTheSide() {
    Criterion atLeast = Criterion.atLeast("drift", 1.5, "times", "", "");
    assertThat(measured(atLeast, 1.4996)).isEqualTo("1.4996 times");
    assertThat(measured(atLeast, 1.497)).isEqualTo("1.497 times");
    assertThat(measured(atLeast, 1.5)).isEqualTo("1.50 times");
    assertThat(measured(atLeast, 1.234)).isEqualTo("1.23 times");
    assertThat(measured(Criterion.atMost("steps", 0.25, "", "", ""), 0.2504)).isEqualTo("0.2504");
  }

  @Test
  void whatTheRunsDidNotGiveHasNoValue() {
    Criterion atLeast = Criterion.atLeast("gain", 1, "points", "", "");
    assertThat(measured(atLeast, Double.NaN)).isEqualTo("no value");
    assertThat(measured(atLeast, -15)).isEqualTo("-15 points");
  }
}
