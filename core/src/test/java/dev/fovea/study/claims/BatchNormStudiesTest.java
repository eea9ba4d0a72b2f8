package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.loader.Shuffling;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.study.Arm;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Experiment;
import dev.fovea.study.Finding;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.SmallStudy;
import dev.fovea.study.Study;
import dev.fovea.study.StudyResult;
import dev.fovea.study.TrainedRun;
import dev.fovea.tensor.Shape;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormStudiesTest {
  private static final Offset<Double> EXACT = within(1e-9);

  // --- How far inputs drift ---

  @Test
  void percentilesAreThoseOfTheValuesOfAChannelAtAllPositionsOfAllImages() {
    // (N, C, H·W) = (50, 2, 2): channel 1 has 0..99, channel 0 the same negated.
    FloatBuffer values = FloatBuffer.allocate(200);
    for (int n = 0; n < 50; n++) {
      for (int p = 0; p < 2; p++) {
        values.put((n * 2) * 2 + p, -(2 * n + p));
        values.put((n * 2 + 1) * 2 + p, 2 * n + p);
      }
    }
    double[][] found = InputDrift.percentiles(values, 50, Shape.of(2, 1, 2));
    // Of 100 values in order, those at 15, 50 and 85 % of 99, rounded down.
    assertThat(found[1]).containsExactly(14, 49, 84);
    assertThat(found[0]).containsExactly(-85, -50, -15);
  }

  @Test
  void aLayerDriftsByTheRangeOfItsMediansInWidths() {
    List<Long> steps = List.of(0L, 10L, 50L, 100L);
    List<double[][]> looks =
        List.of(
            // Before a tenth of the run nothing counts.
            new double[][] {{-1000, -900, -800}, {0, 0, 0}, {5, 5, 5}},
            new double[][] {{-1, 0, 1}, {0, 1, 2}, {5, 5, 5}},
            new double[][] {{0, 2, 4}, {0, 1, 2}, {6, 6, 6}},
            new double[][] {{-1, 1, 2}, {0, 1, 2}, {7, 7, 7}});
    // Unit 0: 2 over a mean width of 3; unit 1: 0; unit 2 has no width.
    assertThat(InputDrift.drift(steps, looks)).isCloseTo((2 / 3.0 + 0) / 2, EXACT);
    assertThat(InputDrift.drift(steps, List.of(still(), still(), still(), still()))).isNaN();
  }

  private static double[][] still() {
    return new double[][] {{1, 1, 1}};
  }

  /** A network whose hidden layers are observed. */
  private static Study observed(boolean norm) {
    String model = "mlp(layers=2,units=8" + (norm ? ")" : ",norm=none)");
    String kind = norm ? "bn" : "fc";
    return SmallStudy.of(
        "observed",
        Arm.of("two layers", StudyConfigs.constant(model, 0.1).withBatch(16))
            .watchedBy((t, b) -> new InputDrift(t, b, List.of(kind + 1, kind + 2))));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyLayerOfANetworkInTrainingIsObserved(boolean norm, @TempDir Path folder) {
    StudyResult result =
        new Experiment(observed(norm), SmallStudy.setting(folder), new OneDnnBackend(), e -> {})
            .run()
            .orElseThrow();
    TrainedRun run = result.runs().get(0);
    for (int layer = 0; layer < 2; layer++) {
      List<Series> three = InputDrift.percentiles(run, layer);
      assertThat(three).extracting(Series::name).allMatch(n -> n.endsWith("percentile"));
      assertThat(three.get(0).points()).isNotEmpty();
      for (int i = 0; i < three.get(0).points().size(); i++) {
        double low = three.get(0).points().get(i).y();
        double high = three.get(2).points().get(i).y();
        assertThat(three.get(1).points().get(i).y()).isBetween(low, high);
        assertThat(low).isLessThan(high);
      }
    }
    assertThat(InputDrift.drifts(run)).hasSize(2).allMatch(d -> d > 0);
  }

  // --- bn-depth ---

  private static TrainedRun drifting(
      String arm, double accuracy, int layers, IntToDoubleFunction d) {
    List<Series> observed = new ArrayList<>();
    List<Series.Point> drifts = new ArrayList<>();
    for (int i = 1; i <= layers; i++) {
      for (int p = 0; p < 3; p++) {
        observed.add(new Series("layer " + i, List.of(new Series.Point(0, p))));
      }
      drifts.add(new Series.Point(i, d.applyAsDouble(i)));
    }
    observed.add(new Series("drift", drifts));
    TrainedRun run = HandMade.run(arm, 0, accuracy);
    return new TrainedRun(arm, 0, run.classes(), false, run.epochs(), 100, observed);
  }

  private static List<TrainedRun> depths(double deepAccuracy) {
    return List.of(
        drifting("plain, 4 layers", 50, 4, i -> 2),
        drifting("plain, 8 layers", 50, 8, i -> 2),
        drifting("plain, 16 layers", deepAccuracy, 16, i -> i),
        drifting("BN, 4 layers", 50, 4, i -> 1),
        drifting("BN, 8 layers", 50, 8, i -> 1),
        drifting("BN, 16 layers", 50, 16, i -> i < 9 ? 2 : 3));
  }

  @Test
  void driftIsComparedAlongLayersAcrossDepthsAndWithNorms() {
    Conclusion c = HandMade.conclusion(new ShiftByDepthStudy(), Scale.QUICK, depths(40));
    // The first and the last five of sixteen layers have means of 3 and 14.
    assertThat(c.measured().get("grows-along-layers")).isCloseTo(14 / 3.0, EXACT);
    assertThat(c.measured().get("grows-with-depth")).isCloseTo(16 / 2.0, EXACT);
    assertThat(c.measured().get("norm-stops-growth")).isCloseTo(1.5 / (14 / 3.0), EXACT);
    assertThat(c.measured().get("norm-steadies")).isCloseTo(14 / 3.0, EXACT);
    assertThat(c.plots().get(0).series()).hasSize(6);
    assertThat(c.plots().get(2).series())
        .extracting(Series::name)
        .containsOnly("layer 16")
        .hasSize(3);
    assertThat(c.grids().get(0).rows().get(2))
        .containsExactly("plain, 16 layers", "1.000", "16.000", "14.000", "14.000");
  }

  @Test
  void aDeepNetworkThatHasLearnedNothingSaysNothingOfDrift() {
    Conclusion c = HandMade.conclusion(new ShiftByDepthStudy(), Scale.QUICK, depths(15));
    assertThat(c.findings(new ShiftByDepthStudy().criteria())).noneMatch(Finding::holds);
  }

  @Test
  void aDivergedNetworkHasNoDrift() {
    List<TrainedRun> runs = new ArrayList<>(depths(40));
    runs.set(5, HandMade.diverged("BN, 16 layers"));
    Conclusion c = HandMade.conclusion(new ShiftByDepthStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("norm-steadies")).isNaN();
    assertThat(c.measured().get("grows-along-layers")).isCloseTo(14 / 3.0, EXACT);
  }

  // --- bn-init ---

  /** The grid in which just the named places train. */
  private static List<TrainedRun> grid(List<String> training) {
    List<TrainedRun> runs = new ArrayList<>();
    for (Arm arm : new InitialScaleStudy().arms(Scale.QUICK)) {
      boolean trains = training.contains(arm.name());
      runs.add(trains ? HandMade.run(arm.name(), 0, 40) : HandMade.run(arm.name(), 0, 20));
    }
    return runs;
  }

  @Test
  void theGridIsComparedByItsPlacesItsScalesAndItsRates() {
    List<String> training =
        List.of(
            "plain, scale 1, rate 0.01",
            "plain, scale 0.3, rate 0.01",
            "BN, scale 0.1, rate 0.1",
            "BN, scale 1, rate 1",
            "BN, scale 1, rate 0.001",
            "BN, scale 3, rate 0.1",
            "BN, scale 10, rate 0.1");
    Conclusion c = HandMade.conclusion(new InitialScaleStudy(), Scale.QUICK, grid(training));
    assertThat(c.measured().get("more-of-the-grid")).isCloseTo(2.5, EXACT);
    assertThat(c.measured().get("wider-scales")).isCloseTo(100 / (1 / 0.3), within(1e-6));
    assertThat(c.measured().get("larger-rates")).isCloseTo(100, EXACT);
    assertThat(c.grids().get(0).rows().get(1))
        .containsExactly("0.3", "20.00 %", "40.00 %, trains", "20.00 %", "20.00 %");
  }

  @Test
  void whereNothingTrainsWithoutNormsThereIsNothingToCompare() {
    Conclusion c =
        HandMade.conclusion(
            new InitialScaleStudy(), Scale.QUICK, grid(List.of("BN, scale 1, rate 0.01")));
    assertThat(c.findings(new InitialScaleStudy().criteria())).noneMatch(Finding::holds);
  }

  @Test
  void divergedPlacesOfTheGridAreNamedAndDoNotTrain() {
    List<TrainedRun> runs = new ArrayList<>(grid(List.of("plain, scale 1, rate 0.01")));
    runs.replaceAll(
        r -> r.arm().equals("plain, scale 10, rate 1") ? HandMade.diverged(r.arm()) : r);
    Conclusion c = HandMade.conclusion(new InitialScaleStudy(), Scale.QUICK, runs);
    assertThat(c.grids().get(0).rows().get(4).get(4)).isEqualTo("diverged");
    assertThat(c.measured().get("more-of-the-grid")).isZero();
  }

  /** With and without norms, in both forms: the deviations of first values are He's, scaled. */
  @Test
  void bothNetworksOfTheGridBeginWithTheSameScales() {
    for (Scale scale : Scale.values()) {
      Map<Boolean, Double> deviation = new LinkedHashMap<>();
      for (Arm arm : new InitialScaleStudy().arms(scale)) {
        if (arm.name().endsWith(", scale 3, rate 0.1")) {
          var weight =
              Models.graph(arm.config().network().model(), 10).params().stream()
                  .filter(p -> p.shape().rank() == 4)
                  .skip(1)
                  .findFirst()
                  .orElseThrow();
          double fanIn = weight.shape().elements() / (double) weight.shape().dim(0);
          double squares = 0;
          for (float v : weight.initialValues(1)) {
            squares += (double) v * v / weight.shape().elements();
          }
          deviation.put(arm.name().startsWith("BN"), Math.sqrt(squares / (2 / fanIn)));
        }
      }
      assertThat(deviation).hasSize(2);
      assertThat(deviation.values()).allSatisfy(d -> assertThat(d).isCloseTo(3, within(0.2)));
    }
  }

  // --- bn-tips ---

  @Test
  void everyTipIsComparedWithBatchNormOnly() {
    Conclusion c =
        HandMade.conclusion(
            new BatchNormTipsStudy(),
            Scale.QUICK,
            HandMade.runs(
                Map.of(
                    "BN only", 50.0,
                    "five times the rate", 54.0,
                    "faster decay", 49.0,
                    "no LRN", 49.75,
                    "shuffled within shards", 51.0,
                    "less distortion", 52.0,
                    "all seven", 58.0)));
    Map.of(
            "larger-rate", 4.0,
            "faster-decay", -1.0,
            "lrn-can-go", -0.25,
            "shuffling", 1.0,
            "less-distortion", 2.0,
            "all-seven", 8.0)
        .forEach(
            (criterion, gain) ->
                assertThat(c.measured().get(criterion)).as(criterion).isCloseTo(gain, EXACT));
    assertThat(c.findings(new BatchNormTipsStudy().criteria()))
        .extracting(Finding::holds)
        .containsExactly(true, false, true, true, true, true);
  }

  @ParameterizedTest
  @EnumSource(Scale.class)
  void oneTipAloneChangesOnlyWhatItNames(Scale scale) {
    Map<String, Map<String, String>> settings = new LinkedHashMap<>();
    new BatchNormTipsStudy()
        .arms(scale)
        .forEach(a -> settings.put(a.name(), a.config().settings()));
    Map<String, String> base = Objects.requireNonNull(settings.get("BN only"));
    Map<String, String> all = Objects.requireNonNull(settings.get("all seven"));
    String schedule =
        scale == Scale.FULL ? "learning.rate.schedule.every" : "learning.rate.schedule.gamma";
    Map<String, String> changed =
        Map.of(
            "five times the rate", "learning.rate.base",
            "faster decay", schedule,
            "no LRN", "network.model",
            "shuffled within shards", "data.shuffle",
            "less distortion", "data.augment");
    changed.forEach(
        (arm, key) -> {
          Map<String, String> own = Objects.requireNonNull(settings.get(arm));
          assertThat(different(base, own)).as(arm).containsExactly(key);
          if (!arm.equals("no LRN")) {
            assertThat(all.get(key)).as(arm).isEqualTo(own.get(key));
          }
        });
    assertThat(different(base, all))
        .containsExactlyInAnyOrder(
            "learning.rate.base",
            schedule,
            "network.model",
            "data.shuffle",
            "data.augment",
            "learning.update.groups.weight_decay");
    assertThat(base.get("network.model")).contains("dropout=0.4", "lrn=");
    Map<String, String> withoutResponses = Objects.requireNonNull(settings.get("no LRN"));
    assertThat(withoutResponses.get("network.model")).contains("dropout=0.4").doesNotContain("lrn");
    assertThat(all.get("network.model")).doesNotContain("dropout", "lrn");
    assertThat(Shuffling.parse(Objects.requireNonNull(base.get("data.shuffle"))))
        .isInstanceOf(Shuffling.Shards.class);
  }

  private static List<String> different(Map<String, String> one, Map<String, String> other) {
    assertThat(other.keySet()).isEqualTo(one.keySet());
    return one.keySet().stream().filter(k -> !Objects.equals(one.get(k), other.get(k))).toList();
  }
}
