package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks are even, independent, and the same for ever. */
class DropoutMaskTest {
  private static final int COUNT = 200_000;

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.4, 0.5, 0.7, 0.95})
  void theShareOfDroppedElementsIsP(double p) {
    int dropped = 0;
    int both = 0;
    for (long i = 0; i < COUNT; i++) {
      boolean first = !DropoutMask.keep(1, "drop", i, p);
      dropped += first ? 1 : 0;
      both += first && !DropoutMask.keep(1, "drop", i + 1, p) ? 1 : 0;
    }
    // Five standard deviations of a binomial share.
    assertThat(dropped / (double) COUNT).isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / COUNT)));
    assertThat(both / (double) COUNT).isCloseTo(p * p, within(5 * p * Math.sqrt(1.0 / COUNT)));
  }

  @Test
  void masksOfOtherSeedsAndOtherNodesAreIndependent() {
    int sameSeed = 0;
    int sameNode = 0;
    for (long i = 0; i < COUNT; i++) {
      boolean kept = DropoutMask.keep(1, "drop", i, 0.5);
      sameNode += kept == DropoutMask.keep(2, "drop", i, 0.5) ? 1 : 0;
      sameSeed += kept == DropoutMask.keep(1, "drop2", i, 0.5) ? 1 : 0;
    }
    double sigma = 0.5 / Math.sqrt(COUNT);
    assertThat(sameNode / (double) COUNT).isCloseTo(0.5, within(5 * sigma));
    assertThat(sameSeed / (double) COUNT).isCloseTo(0.5, within(5 * sigma));
  }

  @Test
  void nothingIsDroppedWithProbabilityZero() {
    for (long i = 0; i < 10_000; i++) {
      assertThat(DropoutMask.keep(9, "drop", i, 0)).isTrue();
    }
  }

  @Test
  void theMaskIsAsItEverWas() {
    StringBuilder mask = new StringBuilder();
    for (long i = 0; i < 32; i++) {
      mask.append(DropoutMask.keep(20150211, "drop1", i, 0.5) ? '1' : '0');
    }
    assertThat(mask).hasToString("10111000000111011000100001101011");
    assertThat(DropoutMask.keep(DropoutMask.key(20150211, "drop1"), 3, DropoutMask.threshold(0.5)))
        .isEqualTo(DropoutMask.keep(20150211, "drop1", 3, 0.5));
  }
}
