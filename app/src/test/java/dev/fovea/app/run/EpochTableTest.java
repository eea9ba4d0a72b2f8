package dev.fovea.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.report.RunReport.Epoch;
import org.junit.jupiter.api.Test;

class EpochTableTest {
  private static final Epoch EPOCH = new Epoch(3, 0.81234, 0.7123, 0.9, 0.68, 0.1, 2310.4, 22.4);

  @Test
  void eightyColumnsShowEverything() {
    EpochTable table = new EpochTable(80);
    assertThat(table.row(EPOCH))
        .hasSameSizeAs(table.heading())
        .hasSizeLessThanOrEqualTo(80)
        .contains("3", "0.8123", "71.23 %", "0.9000", "68.00 %", "0.1", "2,310", "22s");
  }

  @Test
  void aNarrowScreenKeepsLossesAndValidation() {
    EpochTable table = new EpochTable(45);
    assertThat(table.heading())
        .hasSizeLessThanOrEqualTo(45)
        .contains("train loss", "val loss")
        .doesNotContain("rate");
    assertThat(table.row(EPOCH)).contains("68.00 %").doesNotContain("71.23");
  }

  @Test
  void aMissingValidationIsADash() {
    Epoch without = new Epoch(1, 1, 0.5, Double.NaN, Double.NaN, 0.1, 100, 1);
    assertThat(new EpochTable(80).row(without)).contains(" - ");
  }
}
