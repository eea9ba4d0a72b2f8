package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Comparison.Run RUN =
      new Comparison.Run("resnet20", 128, Mode.TRAIN, "bf16", "fast", 7);

  @Test
  void aLineIsOneJsonObject() {
    Comparison line =
        new Comparison(
            "libtorch-nchw-f32",
            RUN,
            new Comparison.Figures(1500.5, 1L << 30),
            new Comparison.Figures(1000, 2L << 30),
            new Contest.Ratio(1.5005, 1.25, 1.75),
            true);
    assertThat(line.json())
        .isEqualTo(
            "{\"peer\":\"libtorch-nchw-f32\",\"model\":\"resnet20\",\"batch\":128,\"mode\":\"train\","
                + "\"fovea_precision\":\"bf16\",\"fovea_convolution\":\"fast\",\"fovea_ips\":1500.5000,\"peer_ips\":1000.0000,\"ratio\":1.5005,"
                + "\"ratio_min\":1.2500,\"ratio_max\":1.7500,\"fovea_rss\":1073741824,\"peer_rss\":2147483648,"
                + "\"rounds\":7,\"fastest_peer\":true}");
  }

  @Test
  void aPeerAloneHasNullsInFoveasPlace() {
    Comparison line = new Comparison("p", RUN, null, new Comparison.Figures(1000, 1), null, false);
    assertThat(line.json()).contains("\"fovea_ips\":null", "\"ratio\":null", "\"fovea_rss\":null");
    assertThat(line.row()).contains("1000.0");
  }

  @Test
  void theVerdictNamesTheFastestPeerAndFoveasRatioToIt() {
    Comparison line =
        new Comparison(
            "openvino-bf16",
            RUN,
            new Comparison.Figures(55, 1),
            new Comparison.Figures(50, 1),
            new Contest.Ratio(1.1, 1.05, 1.15),
            true);
    assertThat(line.verdict())
        .isEqualTo(
            "fastest peer: openvino-bf16; Fovea bf16 computes 1.100 times its images/s"
                + " (1.050..1.150)");
  }
}
