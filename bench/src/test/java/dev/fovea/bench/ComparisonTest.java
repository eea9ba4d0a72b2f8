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
            1.5005,
            1.25,
            1.75);
    assertThat(line.json())
        .isEqualTo(
            "{\"peer\":\"libtorch-nchw-f32\",\"model\":\"resnet20\",\"batch\":128,\"mode\":\"train\","
                + "\"fovea_precision\":\"bf16\",\"fovea_convolution\":\"fast\",\"fovea_ips\":1500.5000,\"peer_ips\":1000.0000,\"ratio\":1.5005,"
                + "\"ratio_min\":1.2500,\"ratio_max\":1.7500,\"fovea_rss\":1073741824,\"peer_rss\":2147483648,"
                + "\"rounds\":7}");
  }

  @Test
  void aPeerAloneHasNullsInFoveasPlace() {
    Comparison line =
        new Comparison("p", RUN, null, new Comparison.Figures(1000, 1), null, null, null);
    assertThat(line.json()).contains("\"fovea_ips\":null", "\"ratio\":null", "\"fovea_rss\":null");
    assertThat(line.row()).contains("1000.0");
  }
}
