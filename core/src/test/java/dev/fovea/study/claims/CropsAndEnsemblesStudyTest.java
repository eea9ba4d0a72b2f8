package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.study.Conclusion;
import dev.fovea.study.Finding;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CropsAndEnsemblesStudyTest {
  private static final Offset<Double> EXACT = within(1e-9);

  // Two, two and three of four images wrong.
  private static final Votes SINGLE =
      answers(
          "1",
          1,
          new double[] {0.875, 0.25, 0.375, 0.625},
          new double[] {0.25, 0.875, 0.375, 0.625},
          new double[] {0.375, 0.125, 0.75, 0.25});

  // One wrong each, and no image that two get wrong.
  private static final Votes MOST =
      answers(
          "144",
          144,
          new double[] {0.75, 0.75, 0.75, 0.25},
          new double[] {0.75, 0.75, 0.25, 0.875},
          new double[] {0.75, 0.25, 0.75, 0.75});

  /** Votes to four images of the first of two classes: for each model its probability. */
  private static Votes answers(String protocol, int views, double[]... models) {
    return Votes.of(
        protocol,
        views,
        List.of(0, 0, 0, 0),
        Arrays.stream(models)
            .map(m -> Arrays.stream(m).mapToObj(p -> new double[] {p, 1 - p}).toList())
            .toList());
  }

  private static Votes same(String protocol, int views, double... model) {
    return answers(protocol, views, model, model, model);
  }

  @Test
  void theErrorOfOneModelIsTheMeanOverAll() {
    assertThat(SINGLE.error(1)).isCloseTo(100 * 7 / 12.0, EXACT);
  }

  @Test
  void modelsTogetherAnswerByTheSumOfTheirProbabilitiesAndTheFirstOfEqualClassesWins() {
    // Pairs: 1, 2 and 2 wrong; all: sums of 1.5, 1.25, 1.5 and 1.5 out of 3.
    assertThat(SINGLE.error(2)).isCloseTo(100 * 5 / 12.0, EXACT);
    assertThat(SINGLE.error(3)).isCloseTo(25, EXACT);
  }

  @Test
  void fiveGuessesMissOnlyTheSixthClass() {
    double[] p = {0.3, 0.2, 0.2, 0.1, 0.1, 0.1};
    Votes a = Votes.of("1", 1, List.of(4, 5), List.of(List.of(p, p)));
    assertThat(a.topFiveError(1)).isCloseTo(50, EXACT);
    assertThat(a.error(1)).isCloseTo(100, EXACT);
  }

  @Test
  void gainsArePartsOfTheErrorOfOneModelWithOneView() {
    Conclusion c =
        CropsAndEnsemblesStudy.conclude(
            List.of(
                SINGLE,
                same("flip", 2, 0.25, 0.25, 0.25, 0.25),
                same("10", 10, 0.75, 0.75, 0.25, 0.25),
                MOST),
            SINGLE,
            List.of());
    double base = 100 * 7 / 12.0;
    assertThat(c.measured().get("ten-crops")).isCloseTo(100 * (base - 50) / base, EXACT);
    assertThat(c.measured().get("144-crops")).isCloseTo(100 * (base - 25) / base, EXACT);
    assertThat(c.measured().get("ensemble")).isCloseTo(100 * (base - 25) / base, EXACT);
    assertThat(c.measured().get("both")).isCloseTo(100, EXACT);
    assertThat(c.measured().get("both-against-each")).isCloseTo(100, EXACT);
    assertThat(c.findings(new CropsAndEnsemblesStudy().criteria()).subList(0, 5))
        .allMatch(Finding::holds);
    assertThat(c.grids().get(0).rows().get(0)).containsExactly("1 view", "58.33", "41.67", "25.00");
    assertThat(c.plots().get(1).series().get(1).points())
        .extracting(Series.Point::x)
        .containsExactly(1d, 2d, 10d, 144d);
  }

  @Test
  void noErrorLeavesNothingToTakeAway() {
    List<Votes> answers =
        List.of(
            same("1", 1, 1, 1, 1, 1),
            same("flip", 2, 1, 1, 1, 1),
            same("10", 10, 1, 1, 1, 1),
            same("144", 144, 1, 1, 1, 1));
    Conclusion c = CropsAndEnsemblesStudy.conclude(answers, answers.get(0), List.of());
    assertThat(c.measured().get("both")).isNaN();
    assertThat(c.measured().get("both-against-each")).isNaN();
    assertThat(c.measured().get("falling-views")).isNaN();
    assertThat(c.answers().get(0)).startsWith("Undecided");
  }

  @Test
  void theShareOfWrongEnsemblesIsKeptForEachImage() {
    // Of three models two are wrong about the first image, of three pairs one.
    assertThat(SINGLE.wrong(1)[0]).isCloseTo(2 / 3.0, EXACT);
    assertThat(SINGLE.wrong(2)[0]).isCloseTo(1 / 3.0, EXACT);
    assertThat(100 * Arrays.stream(SINGLE.wrong(2)).average().orElseThrow())
        .isCloseTo(SINGLE.error(2), EXACT);
  }

  @Test
  void theFallOfReturnsIsMeasuredInItsOwnStandardErrors() {
    double[] one = {1, 1, 1, 0};
    double[] two = {0, 0.5, 1, 0};
    double[] four = {0, 0.5, 0.5, 0};
    FallingReturns r =
        FallingReturns.of(
            new FallingReturns.Step(one, two, 1), new FallingReturns.Step(two, four, 1));
    assertThat(r.first()).isCloseTo(37.5, EXACT);
    assertThat(r.second()).isCloseTo(12.5, EXACT);
    // Differences of 100, 50, -50 and 0: mean 25, sum of squares 12500, over 3 and over 4.
    assertThat(r.standardErrors()).isCloseTo(25 / Math.sqrt(12500 / 12.0), EXACT);
  }

  @Test
  void aStepOfManyViewsIsSharedAmongThem() {
    double[] before = {1, 1};
    double[] after = {0, 1};
    assertThat(new FallingReturns.Step(before, after, 10).mean()).isCloseTo(5, EXACT);
  }

  @Test
  void returnsThatRiseDoNotFall() {
    double[] one = {1, 1, 1, 1, 1, 1};
    double[] two = {1, 1, 1, 1, 1, 0.9};
    double[] four = {0, 0.1, 0, 0, 0.2, 0};
    FallingReturns r =
        FallingReturns.of(
            new FallingReturns.Step(one, two, 1), new FallingReturns.Step(two, four, 1));
    assertThat(r.standardErrors()).isLessThan(-FallingReturns.CERTAIN);
  }

  @Test
  void withoutFourModelsTheirDoublingHasNoValue() {
    List<Votes> answers =
        List.of(
            SINGLE,
            same("flip", 2, 0.25, 0.25, 0.25, 0.25),
            same("10", 10, 0.75, 0.75, 0.25, 0.25),
            MOST);
    Conclusion c = CropsAndEnsemblesStudy.conclude(answers, SINGLE, List.of());
    assertThat(c.measured().get("falling-models")).isNaN();
    assertThat(c.measured().get("falling-together")).isFinite();
  }

  @Test
  void whereEveryTrainingDivergedThereIsNoValue() {
    Conclusion c =
        HandMade.conclusion(
            new CropsAndEnsemblesStudy(), Scale.QUICK, List.of(HandMade.diverged("model")));
    assertThat(c.findings(new CropsAndEnsemblesStudy().criteria())).noneMatch(Finding::holds);
  }
}
