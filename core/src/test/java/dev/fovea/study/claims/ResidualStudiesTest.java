package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Cost;
import dev.fovea.models.Models;
import dev.fovea.study.Conclusion;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResidualStudiesTest {
  private static final Offset<Double> EXACT = within(1e-9);

  @Test
  void responsesAreComparedByTheirMeansAndByTheirRanks() {
    List<TrainedRun> runs =
        List.of(
            HandMade.observing(HandMade.run("plain20", 0, 50), 1, 2, 3),
            HandMade.observing(HandMade.run("plain56", 0, 40), 4, 2, 1, 1),
            HandMade.observing(HandMade.run("resnet20", 0, 60), 0.5, 1, 1.5),
            // Sorted 3, 2.5, 0.5, 0 against 4, 2, 1, 1: smaller in three of four ranks.
            HandMade.observing(HandMade.run("resnet56", 0, 60), 0, 3, 0.5, 2.5));
    Conclusion c = HandMade.conclusion(new LayerResponsesStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("residual-smaller-20")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("residual-smaller-56")).isCloseTo(0.75, EXACT);
    assertThat(c.measured().get("deeper-smaller")).isCloseTo(1.5, EXACT);
    assertThat(c.measured().get("ranked-below")).isCloseTo(75, EXACT);
    List<Series> inOrder = c.plots().get(0).series();
    assertThat(inOrder.get(3).points())
        .extracting(Series.Point::y)
        .containsExactly(0d, 3d, .5, 2.5);
    List<Series> bySize = c.plots().get(1).series();
    assertThat(bySize.get(3).points()).extracting(Series.Point::y).containsExactly(3d, 2.5, .5, 0d);
    assertThat(bySize.get(3).points()).extracting(Series.Point::x).containsExactly(1d, 2d, 3d, 4d);
  }

  @Test
  void theDeepestResidualNetworkOfTheFullScaleIsTheOneThatIsCompared() {
    List<TrainedRun> runs =
        Stream.of("plain20", "plain56", "resnet20", "resnet56", "resnet110")
            .map(n -> HandMade.observing(HandMade.run(n, 0, 50), n.equals("resnet110") ? 1 : 2))
            .toList();
    Conclusion c = HandMade.conclusion(new LayerResponsesStudy(), Scale.FULL, runs);
    assertThat(c.measured().get("deeper-smaller")).isCloseTo(0.5, EXACT);
    assertThat(c.plots().get(0).series()).hasSize(5);
  }

  // Two ninths of the way from chance: 30 % of ten classes, 61.1 % of two, 23 % of a hundred.
  @ParameterizedTest
  @CsvSource({"10, 29.9, 30.1", "2, 61.0, 61.2", "100, 22.9, 23.1"})
  void whatHasLearntIsAskedOfItsDistanceFromChance(int classes, double not, double just) {
    Map<Double, Double> gains = new HashMap<>();
    for (double accuracy : new double[] {not, just}) {
      List<TrainedRun> runs =
          List.of(
              HandMade.ofClasses(classes, HandMade.run("resnet20", 0, accuracy - 1)),
              HandMade.ofClasses(classes, HandMade.run("resnet56", 0, accuracy)));
      StudyData data = HandMade.data(new DegradationStudy(), Scale.QUICK, runs);
      gains.put(accuracy, data.gain("resnet56", "resnet20"));
    }
    assertThat(gains.get(not)).isNaN();
    assertThat(gains.get(just)).isCloseTo(1, EXACT);
  }

  @Test
  void aNetworkThatDivergedHasNoResponses() {
    List<TrainedRun> runs =
        List.of(
            HandMade.observing(HandMade.run("plain20", 0, 50), 1),
            HandMade.diverged("plain56"),
            HandMade.observing(HandMade.run("resnet20", 0, 60), 1),
            HandMade.observing(HandMade.run("resnet56", 0, 60), 0.5));
    Conclusion c = HandMade.conclusion(new LayerResponsesStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("residual-smaller-56")).isNaN();
    assertThat(c.measured().get("ranked-below")).isNaN();
    assertThat(c.measured().get("deeper-smaller")).isCloseTo(0.5, EXACT);
  }

  @Test
  void theStandardDeviationIsThatOfAllValues() {
    assertThat(LayerResponsesStudy.Layers.deviation(new float[] {1, 3, 5, 7}))
        .isCloseTo(Math.sqrt(5), EXACT);
  }

  @Test
  void normsThatUseABatchsOwnStatisticsHaveTheDeviationOfTheirScalesAndShifts() {
    // Channels 2·x - 1 and 4·x + 3 of x = -1, 1: -3, 1, -1, 7.
    assertThat(LayerResponsesStudy.Layers.deviation(new float[] {2, 4}, new float[] {-1, 3}))
        .isCloseTo(LayerResponsesStudy.Layers.deviation(new float[] {-3, 1, -1, 7}), EXACT);
  }

  @Test
  void shortcutsAreComparedWithTheIdentity() {
    Map<String, Double> accuracies =
        Map.of(
            "A", 60d,
            "B", 61.5,
            "C", 59d,
            "no shortcut", 52d,
            "both halved", 57d,
            "shortcut gated, bias 0", 58.5,
            "dropout on the shortcut", 40d);
    Conclusion c =
        HandMade.conclusion(new ShortcutsStudy(), Scale.QUICK, HandMade.runs(accuracies));
    // 61.5 - 59 over 60 1/6 - 52.
    assertThat(c.measured().get("options-close")).isCloseTo(15 / 49.0, EXACT);
    assertThat(c.measured().get("shortcut-helps")).isCloseTo(8, EXACT);
    assertThat(c.measured().get("halving-hurts")).isCloseTo(3, EXACT);
    assertThat(c.measured().get("gating-hurts")).isCloseTo(1.5, EXACT);
    assertThat(c.measured().get("dropout-hurts")).isCloseTo(20, EXACT);
    assertThat(c.grids().get(0).rows().get(4))
        .containsExactly("dropout on the shortcut", "above 20 %", "60.00 %", "+20.00 points");
  }

  @Test
  void atFullScaleTheMedianRunOf110LayersIsTheReference() {
    List<TrainedRun> runs =
        new ShortcutsStudy()
            .arms(Scale.FULL).stream()
                .flatMap(
                    a ->
                        a.name().equals("identity, 110 layers")
                            ? Stream.of(
                                HandMade.run(a.name(), 0, 20),
                                HandMade.run(a.name(), 1, 90),
                                HandMade.run(a.name(), 2, 93))
                            : Stream.of(HandMade.run(a.name(), 0, 80)))
                .toList();
    Conclusion c = HandMade.conclusion(new ShortcutsStudy(), Scale.FULL, runs);
    assertThat(c.measured().get("halving-hurts")).isCloseTo(10, EXACT);
    assertThat(c.measured().get("shortcut-helps")).isCloseTo(0, EXACT);
    assertThat(c.measured().get("options-close")).isNaN();
    assertThat(c.grids().get(0).rows()).hasSize(11);
    assertThat(c.plots()).allSatisfy(p -> assertThat(p.series()).hasSizeLessThanOrEqualTo(8));
  }

  @Test
  void ordersAreComparedWithTheOriginalAndTheFullOneWithTheBest() {
    Map<String, Double> accuracies =
        Map.of(
            "original", 60d,
            "BN after addition", 58d,
            "ReLU before addition", 59.75,
            "ReLU-only pre-activation", 61d,
            "full pre-activation", 60.5,
            "original, images unvaried", 50d,
            "full pre-activation, images unvaried", 51.5);
    Conclusion c =
        HandMade.conclusion(new PreactivationStudy(), Scale.QUICK, HandMade.runs(accuracies));
    assertThat(c.measured().get("full-is-best")).isCloseTo(-0.5, EXACT);
    assertThat(c.measured().get("bn-after-hurts")).isCloseTo(2, EXACT);
    assertThat(c.measured().get("relu-before-hurts")).isCloseTo(0.25, EXACT);
    assertThat(c.measured().get("relu-only-as-original")).isCloseTo(1, EXACT);
    assertThat(c.grids().get(0).rows().get(4))
        .containsExactly("full pre-activation", "6.37 %", "5.46 %", "39.50 %");
    assertThat(c.measured().get("lower-error-all-the-same")).isCloseTo(1.5, EXACT);
    assertThat(c.measured().get("higher-training-loss")).isCloseTo(1, EXACT);
  }

  @Test
  void regularizationIsAHigherTrainingLossInTheLastEpochWithALowerError() {
    List<TrainedRun> runs = new ArrayList<>();
    for (String order :
        List.of(
            "original",
            "BN after addition",
            "ReLU before addition",
            "ReLU-only pre-activation",
            "full pre-activation")) {
      runs.add(HandMade.run(order, 0, 50));
    }
    runs.add(HandMade.losing(HandMade.run("original, images unvaried", 0, 40, 50), 0.5, 0.1));
    runs.add(
        HandMade.losing(
            HandMade.run("full pre-activation, images unvaried", 0, 40, 53), 0.4, 0.125));
    Conclusion c = HandMade.conclusion(new PreactivationStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("higher-training-loss")).isCloseTo(1.25, EXACT);
    assertThat(c.measured().get("lower-error-all-the-same")).isCloseTo(3, EXACT);
    runs.set(6, HandMade.diverged("full pre-activation, images unvaried"));
    assertThat(
            HandMade.conclusion(new PreactivationStudy(), Scale.QUICK, runs)
                .measured()
                .get("higher-training-loss"))
        .isNaN();
  }

  @Test
  void bottlenecksOfTheFullScaleHaveTheirOwnPlotsAndColumn() {
    List<TrainedRun> runs =
        new PreactivationStudy()
            .arms(Scale.FULL).stream().map(a -> HandMade.run(a.name(), 0, 90)).toList();
    Conclusion c = HandMade.conclusion(new PreactivationStudy(), Scale.FULL, runs);
    assertThat(c.plots()).hasSize(6);
    assertThat(c.grids().get(0).columns()).endsWith("here, 110 layers", "here, 164 layers");
    assertThat(c.measured().get("full-is-best")).isCloseTo(0, EXACT);
  }

  @Test
  void widthIsComparedWithDepthByAccuracyAndByTime() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("wrn_46_1", 0, 30, 40, 50, 60),
            HandMade.run("wrn_16_2", 0, 40, 61, 60, 62),
            HandMade.run("wrn_10_3", 0, 30, 40, 50, 57));
    Conclusion c = wide(runs);
    assertThat(c.measured().get("wider-as-accurate")).isCloseTo(2, EXACT);
    assertThat(c.measured().get("widest-as-accurate")).isCloseTo(-3, EXACT);
    assertThat(c.measured().get("step-time")).isCloseTo(2, EXACT);
    // 20 steps of a tenth of a second against 40 of a fifth.
    assertThat(c.measured().get("time-to-accuracy")).isCloseTo(0.25, EXACT);
    assertThat(c.plots().get(0).series().get(0).points())
        .extracting(Series.Point::x)
        .containsExactly(2d, 4d, 6d, 8d);
    assertThat(c.plots().get(2).series().get(0).points())
        .extracting(Series.Point::y)
        .containsExactly(200d, 100d, 160d);
  }

  private static Conclusion wide(List<TrainedRun> runs) {
    return wide(
        runs,
        HandMade.run("wrn_10_3, images unvaried", 0, 50),
        HandMade.run("wrn_10_3(dropout=0.3), images unvaried", 0, 50));
  }

  @Test
  void dropoutIsComparedInTheWidestNetwork() {
    List<TrainedRun> runs =
        HandMade.runs(Map.of("wrn_46_1", 50d, "wrn_16_2", 50d, "wrn_10_3", 50d));
    Conclusion c =
        wide(
            runs,
            HandMade.run("wrn_10_3, images unvaried", 0, 30, 55),
            HandMade.run("wrn_10_3(dropout=0.3), images unvaried", 0, 20, 56.5));
    assertThat(c.measured().get("dropout-helps")).isCloseTo(1.5, EXACT);
    assertThat(c.plots().get(3).series()).hasSize(4);
  }

  private static Conclusion wide(List<TrainedRun> runs, TrainedRun without, TrainedRun with) {
    List<TrainedRun> all = new ArrayList<>(runs);
    all.add(without);
    all.add(with);
    return WidthStudy.conclude(
        HandMade.data(new WidthStudy(), Scale.QUICK, all),
        Map.of("wrn_46_1", 0.2, "wrn_16_2", 0.1, "wrn_10_3", 0.16));
  }

  @Test
  void everySeedIsMeasuredByTheAccuracyOfItsOwnCounterpart() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("wrn_46_1", 0, 40, 50, 60, 70),
            HandMade.run("wrn_46_1", 1, 40, 50, 55, 60),
            HandMade.run("wrn_16_2", 0, 72, 73, 74, 75),
            // Below the mean of the deepest, 65, and above its own counterpart.
            HandMade.run("wrn_16_2", 1, 50, 61, 62, 63),
            HandMade.run("wrn_10_3", 0, 50),
            HandMade.run("wrn_10_3", 1, 50));
    // 10 and 20 of 40 steps, each of half the time.
    assertThat(wide(runs).measured().get("time-to-accuracy"))
        .isCloseTo(0.5 * (0.25 + 0.5) / 2, EXACT);
  }

  @Test
  void networksThatHaveNotLearntAreNotCompared() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("wrn_46_1", 0, 10),
            HandMade.run("wrn_16_2", 0, 11),
            HandMade.run("wrn_10_3", 0, 12));
    assertThat(wide(runs).measured().get("wider-as-accurate")).isNaN();
    assertThat(wide(runs).measured().get("time-to-accuracy")).isNaN();
  }

  @Test
  void anAccuracyThatIsNeverReachedTakesNoTime() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("wrn_46_1", 0, 60),
            HandMade.run("wrn_16_2", 0, 50),
            HandMade.run("wrn_10_3", 0, 50));
    assertThat(wide(runs).measured().get("time-to-accuracy")).isNaN();
  }

  @ParameterizedTest
  @EnumSource(Scale.class)
  void wideAndDeepNetworksHaveAboutEqualParametersAndMultiplyAdds(Scale scale) {
    List<Cost> costs =
        new WidthStudy()
            .arms(scale).stream()
                // The two that dropout is measured in are of equal size by themselves.
                .limit(3)
                .map(a -> Cost.of(Models.graph(a.config().network().model())))
                .toList();
    for (Cost c : costs) {
      assertThat((double) c.parameters() / costs.get(0).parameters()).isBetween(0.85, 1.15);
      assertThat((double) c.multiplyAdds() / costs.get(0).multiplyAdds()).isBetween(0.85, 1.15);
    }
  }

  @Test
  void noiseIsPooledOverTheSeedsOfAllNetworks() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("wrn_46_1", 0, 50),
            HandMade.run("wrn_46_1", 1, 52),
            HandMade.run("wrn_16_2", 0, 60),
            HandMade.run("wrn_16_2", 1, 64),
            HandMade.run("wrn_10_3", 0, 60),
            HandMade.run("wrn_10_3", 1, 60));
    // Squares 1+1, 4+4 and 0 over three degrees of freedom: the root of 10/3.
    assertThat(wide(runs).notes())
        .anyMatch(n -> n.contains("1.83 points") && n.contains("5 networks"));
  }

  @Test
  void oneSeedSaysThatItsNoiseIsUnknown() {
    List<TrainedRun> runs =
        HandMade.runs(Map.of("wrn_46_1", 50d, "wrn_16_2", 50d, "wrn_10_3", 50d));
    assertThat(wide(runs).notes()).anyMatch(n -> n.contains("three seeds"));
  }
}
