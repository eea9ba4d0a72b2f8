package dev.fovea.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which gradients of 1x1 convolutions are computed from pairs of pixels. */
class PointwiseRuleTest {
  @ParameterizedTest(name = "{0} channels to {1} in {2}: {3}")
  @CsvSource({
    "64, 256, BF16, true",
    "256, 64, BF16, true",
    "2048, 512, BF16, true",
    "832, 48, BF16, true",
    "64, 64, BF16, false",
    "192, 64, BF16, false",
    "512, 32, BF16, false",
    "16384, 16384, BF16, false",
    "64, 256, F32, false"
  })
  void wideOnesInBfloat16Gain(int in, int out, Format format, boolean gains) {
    assertThat(new PointwiseRule(in, out, format).gains()).isEqualTo(gains);
  }
}
