package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.study.Arm;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Experiment;
import dev.fovea.study.HandMade;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Setting;
import dev.fovea.study.SmallStudy;
import dev.fovea.study.Study;
import dev.fovea.study.StudyResult;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.claims.InceptionForm.Equality;
import dev.fovea.study.claims.InceptionForm.Movement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DepthAndShortcutStudiesTest {
  private static final Offset<Double> EXACT = within(1e-9);

  private static List<TrainedRun> shallow(double... gains) {
    List<TrainedRun> runs = new ArrayList<>();
    int[] depths = {8, 14, 20, 32, 56};
    for (int i = 0; i < depths.length; i++) {
      runs.add(HandMade.run("plain" + depths[i], 0, 30, 40, 50, 60));
      runs.add(HandMade.run("resnet" + depths[i], 0, 33, 45, 50, 60 + gains[i]));
    }
    return runs;
  }

  @Test
  void shallowNetworksAreComparedByTheMeanOfTwoDepthsAndWithTheDeepest() {
    Conclusion c = HandMade.conclusion(new ShallowStudy(), Scale.QUICK, shallow(-0.5, 1, 2, 3, 10));
    assertThat(c.measured().get("shallow-gain")).isCloseTo(0.25, EXACT);
    assertThat(c.measured().get("gain-grows")).isCloseTo(9.75, EXACT);
    // Three tenths of four epochs are one.
    assertThat(c.measured().get("faster-start")).isCloseTo(3, EXACT);
    assertThat(c.plots().get(0).series().get(1).points())
        .extracting(Series.Point::y)
        .containsExactly(40.5, 39d, 38d, 37d, 30d);
    assertThat(c.plots().get(0).series().get(1).points())
        .extracting(Series.Point::x)
        .containsExactly(8d, 14d, 20d, 32d, 56d);
  }

  @Test
  void theConjectureOnShallowNetworksCanFail() {
    Study study = new ShallowStudy();
    Conclusion c = HandMade.conclusion(study, Scale.QUICK, shallow(4, 4, 3, 2, 1));
    assertThat(c.findings(study.criteria()))
        .extracting(f -> f.holds())
        .containsExactly(false, false, true);
  }

  @Test
  void mappingsAreComparedWithTheIdentity() {
    Map<String, Double> accuracies =
        Map.of("identity", 60d, "zero", 52d, "learnt 1x1", 59d, "random 1x1", 60.75);
    Conclusion c = HandMade.conclusion(new IdentityStudy(), Scale.QUICK, HandMade.runs(accuracies));
    assertThat(c.measured().get("better-than-zero")).isCloseTo(8, EXACT);
    assertThat(c.measured().get("not-the-best")).isCloseTo(0.75, EXACT);
    assertThat(c.measured().get("convolution-trains-worse")).isCloseTo(1, EXACT);
    assertThat(c.grids().get(0).rows().get(1))
        .containsExactly("zero", "52.00 %", "-8.00 points", "-8.00 points");
  }

  @Test
  void mappingsThatAllFailToLearnAreNotCompared() {
    Map<String, Double> accuracies =
        Map.of("identity", 12d, "zero", 10d, "learnt 1x1", 11d, "random 1x1", 10d);
    Conclusion c = HandMade.conclusion(new IdentityStudy(), Scale.QUICK, HandMade.runs(accuracies));
    assertThat(c.measured().values()).containsOnly(Double.NaN);
  }

  @Test
  void theLimitsOfDepthAreTheStartAndTheWholeTest() {
    List<TrainedRun> runs =
        List.of(
            HandMade.observing(HandMade.run("20 layers", 0, 50, 60, 70, 80), 71),
            HandMade.observing(HandMade.run("110 layers", 0, 40, 60, 70, 85), 68.5),
            HandMade.observing(HandMade.run("110 layers, no warm-up", 0, 12, 60, 70, 84), 69));
    Conclusion c = HandMade.conclusion(new DepthLimitsStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("warm-up-helps-start")).isCloseTo(28, EXACT);
    assertThat(c.measured().get("deeper-fits")).isCloseTo(5, EXACT);
    assertThat(c.measured().get("deeper-tests-worse")).isCloseTo(2.5, EXACT);
  }

  @Test
  void atFullScaleTheNetworkWithTheWarmUpIsTheShallowerOne() {
    Map<String, Double> tests = new HashMap<>();
    List<TrainedRun> runs = new ArrayList<>();
    for (Arm arm : new DepthLimitsStudy().arms(Scale.FULL)) {
      tests.put(arm.config().network().model(), 0d);
      double accuracy = arm.name().equals("1202 layers") ? 90 : 93;
      runs.add(HandMade.observing(HandMade.run(arm.name(), 0, 30, 99), accuracy));
    }
    assertThat(tests).containsOnlyKeys("resnet110", "resnet1202");
    Conclusion c = HandMade.conclusion(new DepthLimitsStudy(), Scale.FULL, runs);
    assertThat(c.measured().get("deeper-tests-worse")).isCloseTo(3, EXACT);
    assertThat(c.measured().get("deeper-fits")).isCloseTo(0, EXACT);
    assertThat(c.measured().get("warm-up-helps-start")).isCloseTo(0, EXACT);
  }

  @Test
  void aNetworkThatDivergedIsTestedAsZero() {
    List<TrainedRun> runs =
        List.of(
            HandMade.observing(HandMade.run("20 layers", 0, 50, 60), 61),
            HandMade.diverged("110 layers"),
            HandMade.observing(HandMade.run("110 layers, no warm-up", 0, 12, 60), 69));
    Conclusion c = HandMade.conclusion(new DepthLimitsStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("deeper-fits")).isCloseTo(-60, EXACT);
    assertThat(c.measured().get("deeper-tests-worse")).isCloseTo(61, EXACT);
  }

  @Test
  void movementIsCountedByKindOfWeight() {
    double[] squares = new double[4];
    // Two channels: rows of branch, branch, shortcut, shortcut.
    float[] identities = {1, 0, 1, 0, 0, 1, 0, 1};
    float[] now = {1, 3, 1, 0, 0, 0.5f, 0, 3};
    Movement.add(squares, identities, now);
    assertThat(squares[Movement.BRANCH]).isCloseTo(0.25, EXACT);
    assertThat(squares[Movement.SHORTCUT]).isCloseTo(4, EXACT);
    assertThat(squares[Movement.ACROSS]).isCloseTo(9, EXACT);
    assertThat(squares[Movement.ALL]).isCloseTo(13.25, EXACT);
  }

  @Test
  void logitsAreAsFarApartAsTheirLargestDifferenceOverTheLargestLogit() {
    assertThat(Equality.apart(new double[] {1, -4, 2}, new double[] {1.5, -4, 2}))
        .isCloseTo(0.125, EXACT);
  }

  @Test
  void aProjectionThatDivergedHasNotMoved() {
    List<TrainedRun> runs =
        List.of(
            HandMade.observing(HandMade.run("resnet20", 0, 50, 60), 1e-16),
            HandMade.run("resnet20, trained on", 0, 61, 62),
            HandMade.diverged("Inception modules, trained on"));
    Conclusion c = HandMade.conclusion(new ResidualAsInceptionStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("same-function")).isCloseTo(1e-16, within(1e-20));
    assertThat(c.measured().get("projections-move")).isNaN();
    assertThat(c.measured().get("general-as-accurate")).isCloseTo(-62, EXACT);
  }

  /** The study as it is, for few steps. */
  private static Study shortened(Study study) {
    List<Arm> arms =
        study.arms(Scale.QUICK).stream()
            .map(a -> a.with(a.config().withBatch(16).with(TrainingLength.epochs(2))))
            .toList();
    return new SmallStudy(
        study.name(), study.criteria(), List.of(), shorterSide -> arms, study::conclude);
  }

  @Test
  void aTrainedResidualNetworkIsRewrittenAndItsFreedProjectionsMove(@TempDir Path folder) {
    String data = "shapes(size=16,count=100,val=40)";
    Setting setting =
        new Setting(Scale.FULL, data, 1, Duration.ofSeconds(1), folder, Precision.F32, 1)
            .convolving(ConvolutionAlgorithm.DIRECT);
    Study study = shortened(new ResidualAsInceptionStudy());
    StudyResult result =
        new Experiment(study, setting, new OneDnnBackend(), e -> {}).run().orElseThrow();
    Map<String, Double> measured = result.conclusion().measured();
    assertThat(measured.get("same-function")).isLessThan(1e-12);
    assertThat(measured.get("projections-move")).isPositive();
    TrainedRun freed = result.runs().get(2);
    List<Series.Point> moved = freed.observed().get(Movement.ALL).points();
    assertThat(moved.get(0).y()).isZero();
    assertThat(moved.get(moved.size() - 1).x()).isEqualTo(freed.steps());
    assertStartsAsTheTrained(folder.resolve("runs"));
  }

  private static void assertStartsAsTheTrained(Path runs) {
    try (ModelFile trained = ModelFile.open(runs.resolve("resnet20-0/model.safetensors"));
        ModelFile start =
            ModelFile.open(runs.resolve("Inception_modules_trained_on-0-start.safetensors"))) {
      assertThat(start.graph().nodes()).noneMatch(n -> n.op() instanceof Op.Add);
      List<String> before = trained.graph().params().stream().map(ParamSpec::name).toList();
      List<String> more = new ArrayList<>();
      for (ParamSpec p : start.graph().params()) {
        if (before.contains(p.name())) {
          assertThat(start.floats(p.name())).isEqualTo(trained.floats(p.name()));
        } else {
          more.add(p.name());
        }
      }
      assertThat(more).hasSize(9);
      float[] projection = start.floats(more.get(0));
      assertThat(projection).hasSize(2 * 16 * 16);
      assertThat(Arrays.copyOf(projection, 3)).containsExactly(1, 0, 0);
      assertThat(projection[16]).isEqualTo(1);
    }
  }
}
