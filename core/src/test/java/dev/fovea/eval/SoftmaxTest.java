package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftmaxTest {
  private static final MathContext DIGITS = new MathContext(60);

  @ParameterizedTest
  @CsvSource({"0", "1", "36", "700", "745", "1000", "20000", "1e6"})
  void theLossOfAWrongAnswerGrowsWithoutLimit(float gap) {
    // log(e^gap + 1) = gap + log1p(e^-gap); of three classes, two of them at 0.
    double expected = gap + Math.log1p(2 * Math.exp(-gap));
    double[] log = Softmax.log(new float[] {gap, 0, 0}, 0, 3);
    assertThat(-log[1]).isCloseTo(expected, offset(1e-12 * Math.max(1, expected)));
    Tally tally = new Tally(List.of("a", "b", "c"));
    tally.add(log, 1);
    assertThat(tally.result().loss()).isEqualTo(-log[1]);
    assertThat(tally.result().top1()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1", "20", "40", "100", "700"})
  void theLossOfASureRightAnswerIsNotRoundedToZero(float gap) {
    double loss = -Softmax.log(new float[] {gap, 0}, 0, 2)[0];
    double expected = Math.log1p(Math.exp(-gap));
    assertThat(loss).isCloseTo(expected, offset(1e-14 * expected)).isPositive();
  }

  @Test
  void randomLogitsAgreeWithSixtyDigits() {
    Random random = new Random(7);
    for (float scale : new float[] {1, 30, 1000}) {
      for (int trial = 0; trial < 20; trial++) {
        float[] logits = new float[6];
        for (int k = 0; k < logits.length; k++) {
          logits[k] = (float) (scale * random.nextGaussian());
        }
        double[] log = Softmax.log(logits, 1, 5);
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 1; k < 6; k++) {
          max = Math.max(max, logits[k]);
        }
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 1; k < 6; k++) {
          sum = sum.add(exp(new BigDecimal(logits[k]).subtract(new BigDecimal(max))));
        }
        for (int k = 0; k < 5; k++) {
          // The logarithm of the sum, a number in [1, 5], is exact to its last place.
          double expected = logits[k + 1] - max - Math.log(sum.doubleValue());
          assertThat(log[k]).isCloseTo(expected, offset(1e-12 * Math.max(1, -expected)));
        }
      }
    }
  }

  // exp(x) for x <= 0 as (e^(x/2^20)) to the power 2^20, from the series.
  private static BigDecimal exp(BigDecimal x) {
    if (x.doubleValue() < -200) {
      return BigDecimal.ZERO;
    }
    BigDecimal small = x.divide(new BigDecimal(1 << 20), DIGITS);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int n = 1; n < 12; n++) {
      term = term.multiply(small, DIGITS).divide(new BigDecimal(n), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    for (int i = 0; i < 20; i++) {
      sum = sum.multiply(sum, DIGITS);
    }
    return sum;
  }

  @Test
  void largeLogitsDoNotOverflow() {
    assertThat(Softmax.exp(Softmax.log(new float[] {9, 1000, 1000, -1e30f}, 1, 3)))
        .containsExactly(new double[] {0.5, 0.5, 0}, offset(1e-15));
    assertThat(Softmax.log(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE}, 0, 2))
        .containsExactly(0, -2 * (double) Float.MAX_VALUE);
  }

  @Test
  void logitsThatAreNoNumbersShow() {
    float inf = Float.POSITIVE_INFINITY;
    float nan = Float.NaN;
    for (float[] logits :
        new float[][] {{nan, 0, 0}, {0, nan, 0}, {0, 0, nan}, {0, inf, 0}, {-inf, -inf, -inf}}) {
      assertThat(Softmax.log(logits, 0, 3)).containsOnly(Double.NaN);
    }
    assertThat(Softmax.log(new float[] {0, -inf}, 0, 2))
        .containsExactly(0, Double.NEGATIVE_INFINITY);
  }

  @Test
  void sumsOfProbabilitiesThatAreZeroAsNumbersStayExact() {
    assertThat(Softmax.logAdd(-2000, -2000)).isCloseTo(-2000 + Math.log(2), offset(1e-12));
    assertThat(Softmax.logAdd(-2000, -1999))
        .isCloseTo(-1999 + Math.log1p(Math.exp(-1)), offset(1e-12));
    double none = Double.NEGATIVE_INFINITY;
    assertThat(Softmax.logAdd(none, none)).isEqualTo(none);
    assertThat(Softmax.logAdd(none, -3)).isEqualTo(-3);
    assertThat(Softmax.logAdd(Double.NaN, -3)).isNaN();
  }

  @Test
  void classesWhoseProbabilitiesAreZeroAsNumbersKeepTheirOrder() {
    double[] log = Softmax.log(new float[] {-2000, -900, 0, -1500, -1000, -950, -990}, 0, 7);
    List<String> names = List.of("a", "b", "c", "d", "e", "f", "g");
    assertThat(Prediction.of(names, log).guesses())
        .extracting(Prediction.Guess::name)
        .containsExactly("c", "b", "f", "g", "e", "d", "a");
    Tally tally = new Tally(names);
    tally.add(log, 4);
    tally.add(log, 3);
    assertThat(tally.result().top5()).isEqualTo(0.5);
    assertThat(tally.result().brier()).isEqualTo(2);
  }
}
