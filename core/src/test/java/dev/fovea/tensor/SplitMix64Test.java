package dev.fovea.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {

  @Test
  void theFirstNumbersOfSeedZeroAreThePublishedOnes() {
    assertThat(SplitMix64.number(0, 0)).isEqualTo(0xe220a8397b1dcdafL);
    assertThat(SplitMix64.number(0, 1)).isEqualTo(0x6e789e6aa1b965f4L);
    assertThat(SplitMix64.number(0, 2)).isEqualTo(0x06c45d188009454fL);
  }

  @Test
  void itIsTheGeneratorOfTheStandardLibrary() {
    for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE, 0x123456789abcdefL}) {
      SplittableRandom expected = new SplittableRandom(seed);
      for (int n = 0; n < 100; n++) {
        assertThat(SplitMix64.number(seed, n)).isEqualTo(expected.nextLong());
      }
    }
  }
}
