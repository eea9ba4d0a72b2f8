package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.train.RankBatch.RateRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankBatchTest {
  private static final RunConfig CONFIG =
      RunConfig.named("shapes-quick").withBatch(64).withRate(0.05);

  @ParameterizedTest
  @CsvSource({"NONE, 0.05", "LINEAR, 0.2", "SQRT, 0.1"})
  void theRateFollowsTheBatchByTheRule(RateRule rule, double rate) {
    RankBatch.Applied applied = new RankBatch(32, 8, rule).to(CONFIG);
    assertThat(applied.config().learning().batch()).isEqualTo(256);
    assertThat(applied.config().learning().rate().base()).isCloseTo(rate, within(1e-12));
    assertThat(applied.note())
        .contains("learning.batch is 256: 32 images on each of 8 ranks; it was 64")
        .contains(rule == RateRule.NONE ? "stays 0.05" : "it was 0.05");
  }

  @Test
  void theSameBatchKeepsTheRateAndSaysSo() {
    RankBatch.Applied applied = new RankBatch(32, 2, RateRule.LINEAR).to(CONFIG);
    assertThat(applied.config()).isEqualTo(CONFIG);
    assertThat(applied.note()).endsWith("learning.rate.base stays 0.05");
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "0.25, 2", "0.0000125, 0.0001", "12500, 1E+5", "0.0123456789, 0.0987654"})
  void theNoteHasTheRateInShort(double before, String after) {
    RankBatch.Applied applied = new RankBatch(64, 8, RateRule.LINEAR).to(CONFIG.withRate(before));
    assertThat(applied.note()).contains("learning.rate.base is " + after + ", by the linear rule");
  }

  @Test
  void noImagesAreRefused() {
    assertThatThrownBy(() -> new RankBatch(0, 2, RateRule.NONE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("at least 1");
  }
}
