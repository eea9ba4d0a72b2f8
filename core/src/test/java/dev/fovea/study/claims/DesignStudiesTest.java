package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.models.Models;
import dev.fovea.study.Arm;
import dev.fovea.study.Conclusion;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.TrainedRun;
import dev.fovea.tensor.Shape;
import dev.fovea.train.EpochRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DesignStudiesTest {
  private static final Offset<Double> EXACT = within(1e-9);

  /** A run seen at steps 0, 10, 20, ..., of ten classes, with a training accuracy at its end. */
  private static TrainedRun seen(String arm, long seed, double training, double... accuracies) {
    double last = accuracies[accuracies.length - 1] / 100;
    EpochRow end =
        new EpochRow(
            1,
            10L * (accuracies.length - 1),
            new EpochRow.Training(1, training / 100),
            Optional.of(new EpochRow.Validation(1, last, 1)),
            0.1,
            4);
    return new TrainedRun(arm, seed, 10, false, List.of(end), 100, HandMade.progress(accuracies));
  }

  // 9 c_in c_out for each cell: (2 + 1/2 + 1 + 1/2 + 1) x 9 x 16 x 16 on 32x32 cells, the stem's 27
  // x 16, and the classifier's 640.
  @Test
  void aStagedNetworkCostsWhatItsLayersAddUpTo() {
    StagedNetwork base = StagedNetwork.of(2, 16, 32, 64);
    assertThat(base.cost().multiplyAdds()).isEqualTo(5 * 9 * 16 * 16 * 1024 + 27 * 16 * 1024 + 640);
    // Filters, a scale and a shift for each channel, and the classifier.
    assertThat(base.cost().parameters())
        .isEqualTo(
            27 * 16
                + 9 * (16 * 16 * 2 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64)
                + 2 * (16 * 3 + 32 * 2 + 64 * 2)
                + 650);
    assertThat(base.windows(5).cost().multiplyAdds())
        .isEqualTo(5 * 25 * 16 * 16 * 1024 + 27 * 16 * 1024 + 640);
  }

  @Test
  void aBottleneckCutsTheRepresentationWhereItIsPut() {
    List<Series.Point> sizes = StagedNetwork.of(2, 16, 32, 64).squeezed(0, 2).representations();
    assertThat(sizes)
        .extracting(Series.Point::y)
        .containsExactly(3072.0, 16384.0, 16384.0, 2048.0, 16384.0, 8192.0, 8192.0, 4096.0, 4096.0);
    assertThat(StagedNetwork.of(2, 16, 32, 64).squeezed(2, 8).representations())
        .extracting(Series.Point::y)
        .contains(512.0)
        .doesNotContain(2048.0);
  }

  @Test
  void channelsAreReducedBeforeEveryConvolutionOfTheStages() {
    Graph graph = Models.graph(StagedNetwork.of(2, 16, 32, 64).reducing(2).spec());
    List<String> reductions =
        graph.nodes().stream().map(Node::name).filter(n -> n.endsWith(".reduce")).toList();
    assertThat(reductions).hasSize(6);
    assertThat(graph.nodes().stream().filter(n -> reductions.contains(n.name())))
        .extracting(n -> n.shape().dim(0))
        .containsExactly(8, 8, 8, 16, 16, 32);
    assertThat(graph.title()).isEqualTo("staged");
  }

  @ParameterizedTest
  @EnumSource(Scale.class)
  void networksThatAreComparedHaveEqualCostsToThreePerCent(Scale scale) {
    assertThat(PrinciplesStudy.relativeCosts(scale))
        .hasSize(9)
        .allSatisfy(
            (name, cost) -> {
              if (!name.startsWith("reduced")) {
                assertThat(cost).as(name).isCloseTo(1, within(0.03));
              }
            });
  }

  @Test
  void everyPrincipleIsJudgedByTheNetworksThatKeepAndBreakIt() {
    Map<String, Double> accuracies = new LinkedHashMap<>();
    accuracies.put("gentle", 60.0);
    accuracies.put("early bottleneck", 57.0);
    accuracies.put("late bottleneck", 58.0);
    accuracies.put("reduced before 3x3", 59.5);
    accuracies.put("narrow", 59.0);
    accuracies.put("only wider", 58.75);
    accuracies.put("only deeper", 60.25);
    List<TrainedRun> runs = new ArrayList<>(HandMade.runs(accuracies));
    runs.add(seen("few 5x5 filters", 0, 50, 10, 20, 30, 40, 40));
    runs.add(seen("many 3x3 filters", 0, 50, 10, 30, 45, 50, 50));
    Conclusion c = HandMade.conclusion(new PrinciplesStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("early-bottleneck")).isCloseTo(3, EXACT);
    assertThat(c.measured().get("early-is-worse")).isCloseTo(1, EXACT);
    assertThat(c.measured().get("faster-training")).isCloseTo(20 / 30.0, EXACT);
    assertThat(c.measured().get("reduction")).isCloseTo(-0.5, EXACT);
    assertThat(c.measured().get("reduction-or-narrowing")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("balance-or-width")).isCloseTo(1.25, EXACT);
    assertThat(c.measured().get("balance-or-depth")).isCloseTo(-0.25, EXACT);
    assertThat(c.grids().get(0).rows().get(0)).contains("16-32-64", "12.24", "60.00 %");
    assertThat(c.grids().get(0).rows().get(8)).contains("7", "0.982 times 'gentle'");
  }

  private static Conclusion auxiliary(TrainedRun... runs) {
    return HandMade.conclusion(new AuxiliaryStudy(), Scale.QUICK, List.of(runs));
  }

  @Test
  void theStartIsTheMeanLeadInTheFirstQuarterOfTheRun() {
    Conclusion c =
        auxiliary(
            seen("without", 0, 80, 10, 20, 30, 40, 45, 50, 55, 58, 60),
            seen("auxiliary classifier", 0, 78, 18, 21, 30.5, 40, 45, 50, 55, 58, 60.5),
            seen("BN-auxiliary", 0, 75, 10, 18, 31, 50, 55, 58, 59, 60, 61));
    // Steps 10 and 20 of 80: leads of 1 and 0.5, and of -2 and 1; before step 1 nothing counts.
    assertThat(c.measured().get("start")).isCloseTo(0.75, EXACT);
    assertThat(c.measured().get("end")).isCloseTo(1, EXACT);
    assertThat(c.measured().get("norm-in-head")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("gap")).isCloseTo(20 - 14, EXACT);
    assertThat(c.plots().get(1).series().get(1).points().get(3))
        .isEqualTo(new Series.Point(30, 10));
    assertThat(c.grids().get(0).rows().get(2)).contains("-0.50 points", "+14.00 points");
  }

  @Test
  void leadsAreAveragedOverTheSeeds() {
    Conclusion c =
        auxiliary(
            seen("without", 0, 80, 10, 20, 30, 40, 60),
            seen("without", 1, 80, 10, 22, 30, 40, 60),
            seen("auxiliary classifier", 0, 80, 10, 20, 30, 40, 60),
            seen("auxiliary classifier", 1, 80, 10, 22, 30, 40, 60),
            seen("BN-auxiliary", 0, 80, 10, 26, 30, 40, 60),
            seen("BN-auxiliary", 1, 80, 10, 20, 30, 40, 60));
    assertThat(c.measured().get("start")).isCloseTo((6 - 2) / 2.0, EXACT);
  }

  @Test
  void networksThatHaveLearnedNothingDoNotStartAlike() {
    Conclusion c =
        auxiliary(
            seen("without", 0, 11, 10, 10, 10, 10, 11),
            seen("auxiliary classifier", 0, 11, 10, 10, 10, 10, 11),
            seen("BN-auxiliary", 0, 11, 10, 10, 10, 10, 11));
    assertThat(c.measured().values()).allMatch(v -> Double.isNaN(v));
  }

  @Test
  void resolutionsAreComparedWithTheWholeOneAndTheUnchangedNetworkAtAQuarter() {
    List<TrainedRun> runs =
        HandMade.runs(
            Map.of(
                "whole resolution", 70.0,
                "half", 69.5,
                "a quarter", 66.0,
                "a quarter, unchanged network", 60.0));
    Conclusion c = HandMade.conclusion(new ResolutionStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("half")).isCloseTo(-0.5, EXACT);
    assertThat(c.measured().get("quarter")).isCloseTo(-4, EXACT);
    assertThat(c.measured().get("unchanged-network")).isCloseTo(6, EXACT);
    assertThat(c.plots().get(0).series().get(1).points())
        .containsExactly(new Series.Point(64, 69.5));
    assertThat(c.grids().get(0).rows().get(1))
        .contains("64", "stride 1, pool", "1.000 times", "69.50 %");
  }

  @ParameterizedTest
  @CsvSource({"QUICK,500,0.03", "QUICK,128,0.03", "QUICK,127,0.03", "QUICK,32,0.03", "FULL,32,0.1"})
  void threeResolutionsCostTheSameAndTheUnchangedNetworkMuchLess(
      Scale scale, int side, double tolerance) {
    List<Arm> arms = new ResolutionStudy().arms(scale, () -> side);
    double whole = ResolutionStudy.multiplyAdds(arms.get(0).config());
    for (Arm arm : arms.subList(1, 3)) {
      double cost = ResolutionStudy.multiplyAdds(arm.config());
      assertThat(cost / whole).as(arm.name()).isCloseTo(1, within(tolerance));
    }
    assertThat(ResolutionStudy.multiplyAdds(arms.get(3).config()) / whole).isLessThan(0.1);
  }

  @Test
  void imagesAreNeverTakenLargerThanTheyAre() {
    ResolutionStudy study = new ResolutionStudy();
    assertThat(study.arms(Scale.QUICK, () -> 160))
        .extracting(a -> a.config().network().input())
        .containsExactly(128, 64, 32, 32);
    assertThat(study.arms(Scale.QUICK, () -> 96))
        .extracting(a -> a.config().network().input())
        .containsExactly(32, 16, 8, 8);
  }

  // Table 1 of the paper: modules on 35x35, 17x17 and 8x8 cells, whatever the resolution.
  @ParameterizedTest
  @CsvSource({"299,2,max,35", "151,1,max,35", "79,1,none,36"})
  void theModulesOfInceptionV3WorkOnTheSameGridsAtEveryResolution(
      int side, int stride, String pool, int first) {
    String model = "inception_v3(stem_stride=" + stride + ",stem_pool=" + pool + ")";
    Graph graph = Models.graph(model, 10, Shape.of(3, side, side));
    assertThat(grid(graph, "Mixed_5b")).isEqualTo(first);
    assertThat(grid(graph, "Mixed_6e")).isEqualTo(17);
    assertThat(grid(graph, "Mixed_7c")).isEqualTo(8);
  }

  private static int grid(Graph graph, String node) {
    return graph.nodes().stream()
        .filter(n -> n.name().equals(node))
        .findFirst()
        .orElseThrow()
        .shape()
        .dim(1);
  }
}
