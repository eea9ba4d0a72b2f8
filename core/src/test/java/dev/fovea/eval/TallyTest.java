package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.assertj.core.util.DoubleComparator;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final List<String> CLASSES = List.of("a", "b", "c", "d", "e", "f");

  /** Logarithms of probabilities. */
  private static double[] p(double... probabilities) {
    return Arrays.stream(probabilities).map(Math::log).toArray();
  }

  @Test
  void figuresOfAHandCountedExample() {
    Tally tally = new Tally(CLASSES);
    tally.add(p(0.5, 0.1, 0.1, 0.1, 0.1, 0.1), 0);
    tally.add(p(0.5, 0.3, 0.05, 0.05, 0.05, 0.05), 1);
    tally.add(p(0.3, 0.2, 0.2, 0.1, 0.15, 0.05), 5);
    tally.add(p(0, 0, 0.9, 0.1, 0, 0), 2);
    Evaluation e = tally.result();
    assertThat(e.images()).isEqualTo(4);
    assertThat(e.top1()).isEqualTo(0.5);
    assertThat(e.top5()).isEqualTo(0.75);
    assertThat(e.loss())
        .isCloseTo(
            -(Math.log(0.5) + Math.log(0.3) + Math.log(0.05) + Math.log(0.9)) / 4, offset(1e-12));
    // Confidence 0.5 twice, once right: gap 0; 0.3 once, wrong: 0.3; 0.9 once, right: 0.1.
    assertThat(e.calibrationError()).isCloseTo((0.3 + 0.1) / 4, offset(1e-12));
    assertThat(e.confusion().get(1).get(0)).isEqualTo(1);
    Evaluation.PerClass a = e.perClass().get(0);
    assertThat(a.images()).isEqualTo(1);
    assertThat(a.recall()).isEqualTo(1);
    assertThat(a.precision()).isCloseTo(1.0 / 3, offset(1e-12));
    assertThat(e.perClass().get(3).precision()).isNaN();
  }

  @Test
  void brierScoreAndCalibrationOfAHandCountedExample() {
    Tally tally = new Tally(List.of("a", "b"));
    tally.add(p(0.9, 0.1), 0);
    tally.add(p(0.92, 0.08), 1);
    tally.add(p(0.7, 0.3), 0);
    tally.add(p(1, 0), 0);
    Evaluation e = tally.result();
    double brier = (2 * 0.01 + 2 * 0.92 * 0.92 + 2 * 0.09) / 4;
    assertThat(e.brier()).isCloseTo(brier, offset(1e-12));
    // Bins of 1/15: 0.9 and 0.92 in (13/15, 14/15], 0.7 in (10/15, 11/15], 1 in (14/15, 1].
    List<Calibration.Bin> bins = e.calibration().bins();
    assertThat(bins).hasSize(15);
    assertThat(bins.get(13).images()).isEqualTo(2);
    assertThat(bins.get(13).confidence()).isCloseTo(0.91, offset(1e-12));
    assertThat(bins.get(13).accuracy()).isEqualTo(0.5);
    assertThat(bins.get(10).images()).isEqualTo(1);
    assertThat(bins.get(14).images()).isEqualTo(1);
    assertThat(bins.get(0).confidence()).isNaN();
    assertThat(e.calibrationError()).isCloseTo((2 * 0.41 + 0.3 + 0) / 4, offset(1e-12));
    assertThat(e.calibration().maximumError()).isCloseTo(0.41, offset(1e-12));
  }

  @Test
  void classFiguresOfAHandCountedMatrix() {
    Tally tally = new Tally(List.of("a", "b", "c", "d"));
    int[][] labelAndAnswer = {{0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {1, 0}, {1, 0}, {2, 1}};
    for (int[] pair : labelAndAnswer) {
      double[] answer = new double[4];
      answer[pair[1]] = 1;
      tally.add(p(answer), pair[0]);
    }
    Evaluation e = tally.result();
    assertThat(e.right()).isEqualTo(3);
    Evaluation.PerClass a = e.perClass().get(0);
    assertThat(a.precision()).isCloseTo(2.0 / 5, offset(1e-12));
    assertThat(a.recall()).isCloseTo(2.0 / 3, offset(1e-12));
    assertThat(a.f1()).isCloseTo(2 / (5 / 2.0 + 3 / 2.0), offset(1e-12));
    assertThat(e.perClass().get(2).f1()).isZero();
    assertThat(e.perClass().get(2).precision()).isNaN();
    assertThat(e.perClass().get(3).f1()).isNaN();
    assertThat(e.mostConfused(2))
        .containsExactly(new Evaluation.Confused(1, 0, 3), new Evaluation.Confused(0, 1, 1));
    assertThat(e.mostConfused(9)).hasSize(3);
  }

  @Test
  void wilsonsIntervalIsThatOfTheTextbooks() {
    // R: prop.test(81, 263, correct = FALSE), and Newcombe 1998, table I, method 3.
    Interval i = Interval.wilson95(81, 263);
    assertThat(i.low()).isCloseTo(0.2553, offset(5e-5));
    assertThat(i.high()).isCloseTo(0.3662, offset(5e-5));
    Interval none = Interval.wilson95(0, 20);
    assertThat(none.low()).isZero();
    assertThat(none.high()).isCloseTo(0.1611, offset(5e-5));
    assertThat(Interval.wilson95(20, 20)).isEqualTo(new Interval(1 - none.high(), 1));
    assertThat(Interval.wilson95(0, 0).high()).isNaN();
  }

  @Test
  void theSurestMistakesAndTheLeastSureHitsComeFirst() {
    Judgements.Collector c = new Judgements.Collector();
    c.answered(0, 0, p(0.6, 0.4));
    c.answered(1, 1, p(0.9, 0.1));
    c.answered(3, 0, p(0.8, 0.2));
    c.answered(4, 1, p(0.7, 0.3));
    c.answered(5, 1, p(0.9, 0.1));
    c.answered(6, 0, p(0.5, 0.5));
    assertThat(c.judgements().confidentMistakes(2))
        .usingRecursiveFieldByFieldElementComparator(
            RecursiveComparisonConfiguration.builder()
                .withComparatorForType(new DoubleComparator(1e-15), Double.class)
                .build())
        .containsExactly(new Judgement(1, 1, 0, 0.9, 0.1), new Judgement(5, 1, 0, 0.9, 0.1));
    assertThat(c.judgements().confidentMistakes(9)).hasSize(3);
    assertThat(c.judgements().hesitantHits(2)).extracting(Judgement::item).containsExactly(6, 0);
  }

  @Test
  void theFirstClassWinsTies() {
    Tally tally = new Tally(CLASSES);
    double sixth = 1.0 / 6;
    tally.add(p(sixth, sixth, sixth, sixth, sixth, sixth), 5);
    tally.add(p(sixth, sixth, sixth, sixth, sixth, sixth), 0);
    assertThat(tally.result().top1()).isEqualTo(0.5);
    assertThat(tally.result().top5()).isEqualTo(0.5);
  }

  @Test
  void aProbabilityOfZeroCostsWithoutLimit() {
    Tally tally = new Tally(List.of("a", "b"));
    tally.add(p(1, 0), 1);
    assertThat(tally.result().loss()).isInfinite();
  }

  @Test
  void probabilitiesInPlaceOfTheirLogarithmsAreRefused() {
    Tally tally = new Tally(List.of("a", "b"));
    assertThatThrownBy(() -> tally.add(new double[] {0.9, 0.1}, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("log-probabilities");
  }

  @Test
  void brokenProbabilitiesShowInTheLoss() {
    Tally tally = new Tally(List.of("a", "b"));
    tally.add(p(Double.NaN, Double.NaN), 1);
    tally.add(p(Double.NaN, Double.NaN), 0);
    assertThat(tally.result().loss()).isNaN();
    assertThat(tally.result().top1()).isZero();
    assertThat(tally.result().top5()).isZero();
  }

  @Test
  void aLabelOutsideTheClassesIsRefused() {
    Tally tally = new Tally(List.of("a", "b"));
    assertThatThrownBy(() -> tally.add(p(1, 0), 2)).isInstanceOf(IllegalArgumentException.class);
  }
}
