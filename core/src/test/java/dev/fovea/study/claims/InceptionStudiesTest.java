package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.eval.Tally;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.RecordingBackend;
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
import dev.fovea.study.TrainingObserver;
import dev.fovea.train.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InceptionStudiesTest {
  private static final Offset<Double> EXACT = within(1e-9);
  private static final String NODE = "fc1";

  /** A run seen at steps 0, 10, 20, ..., of ten classes. */
  private static TrainedRun seen(String arm, double... accuracies) {
    TrainedRun run = HandMade.run(arm, 0, accuracies);
    return new TrainedRun(
        arm, 0, run.classes(), false, run.epochs(), 100, HandMade.progress(accuracies));
  }

  private static List<TrainedRun> speedRuns(TrainedRun five) {
    return List.of(
        // 40 is what it ends with; it was first seen at step 30.
        seen("Inception", 10, 20, 30, 40, 40),
        seen("BN-Baseline", 10, 30, 41, 50, 50),
        five,
        seen("BN-x30", 10, 20, 50, 60, 60),
        seen("BN-x5-Sigmoid", 10, 10, 20, 30, 35),
        HandMade.diverged("Inception-x5"),
        seen("Inception-Sigmoid", 10, 9, 11, 10, 12));
  }

  @Test
  void stepsAreCountedToTheAccuracyThatThePlainNetworkEndsWith() {
    TrainedRun five = seen("BN-x5", 10, 40, 55, 55, 55);
    Conclusion c = HandMade.conclusion(new BatchNormSpeedStudy(), Scale.QUICK, speedRuns(five));
    assertThat(c.measured().get("baseline-steps")).isCloseTo(20 / 30.0, EXACT);
    assertThat(c.measured().get("x5-steps")).isCloseTo(10 / 30.0, EXACT);
    assertThat(c.measured().get("x30-accuracy")).isCloseTo(20, EXACT);
    assertThat(c.measured().get("plain-x5")).isCloseTo(40, EXACT);
    assertThat(c.measured().get("sigmoid-with")).isCloseTo(3.5, EXACT);
    assertThat(c.measured().get("sigmoid-without")).isCloseTo(1.2, EXACT);
    assertThat(c.grids().get(0).rows().get(5)).contains("not reached", "diverged");
    assertThat(c.plots().get(0).series()).hasSize(7);
  }

  @Test
  void aShorterRunIsComparedWithWhereTheLongerOneWasByThen() {
    List<TrainedRun> runs = new ArrayList<>(speedRuns(seen("BN-x5", 10, 40, 55, 55, 55)));
    runs.set(5, HandMade.run("Inception-x5", 0, 30, 31));
    Conclusion c = HandMade.conclusion(new BatchNormSpeedStudy(), Scale.QUICK, runs);
    // After two epochs the plain network had 20 %, not its last 40 %.
    assertThat(c.measured().get("plain-x5")).isCloseTo(20 - 31, EXACT);
  }

  @Test
  void anAccuracyThatIsNeverReachedTakesNoNumberOfSteps() {
    TrainedRun five = seen("BN-x5", 10, 20, 30, 39, 39);
    Conclusion c = HandMade.conclusion(new BatchNormSpeedStudy(), Scale.QUICK, speedRuns(five));
    assertThat(c.measured().get("x5-steps")).isNaN();
  }

  @Test
  void thereIsNothingToReachWhereThePlainNetworkHasNotLearnt() {
    List<TrainedRun> runs = new ArrayList<>(speedRuns(seen("BN-x5", 10, 40, 55, 55, 55)));
    runs.set(0, seen("Inception", 10, 9, 11, 12, 14));
    Conclusion c = HandMade.conclusion(new BatchNormSpeedStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("baseline-steps")).isNaN();
    assertThat(c.measured().get("x5-steps")).isNaN();
  }

  @Test
  void anUnwatchedRunIsReadOffItsEpochs() {
    TrainedRun run = HandMade.run("a", 0, 20, 60, 50);
    assertThat(Progress.steps(run, 50)).isEqualTo(20);
    assertThat(Progress.end(run)).isCloseTo(50, EXACT);
    assertThat(Progress.end(HandMade.diverged("a"))).isZero();
  }

  @Test
  void whatRegularisersGiveIsTakenWithAndWithoutBatchNorm() {
    List<TrainedRun> runs =
        HandMade.runs(
            Map.of(
                "plain, dropout, L2", 50.0,
                "plain, L2/5", 46.0,
                "BN, dropout, L2", 52.0,
                "BN, L2", 53.0,
                "BN, L2/5", 53.5));
    Conclusion c = HandMade.conclusion(new BatchNormRegularizationStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("dropout-can-go")).isCloseTo(1, EXACT);
    assertThat(c.measured().get("l2-can-shrink")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("needed-less")).isCloseTo(4 + 1.5, EXACT);
    assertThat(c.measured().get("bare-is-better")).isCloseTo(3.5, EXACT);
    assertThat(c.plots().get(0).series().get(1).points())
        .extracting(Series.Point::y)
        .containsExactly(50.0, 46.0, 52.0, 53.0, 53.5);
  }

  @Test
  void gridReductionsAreComparedBySpeedAndAccuracy() {
    List<TrainedRun> runs =
        List.of(
            HandMade.at(120, HandMade.run("pool first", 0, 60)),
            HandMade.at(50, HandMade.run("convolution first", 0, 63)),
            HandMade.at(100, HandMade.run("parallel", 0, 62)));
    Conclusion c = HandMade.conclusion(new GridReductionStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("cheaper")).isCloseTo(2, EXACT);
    assertThat(c.measured().get("no-bottleneck")).isCloseTo(2, EXACT);
    assertThat(c.measured().get("as-accurate")).isCloseTo(-1, EXACT);
    // The multiply-adds of the networks and of their reductions, in millions.
    assertThat(c.grids().get(0).rows().get(0)).contains("60.2", "15.9");
    assertThat(c.grids().get(0).rows().get(1)).contains("108.0", "63.7");
    assertThat(c.grids().get(0).rows().get(2)).contains("64.2", "19.9");
  }

  @Test
  void aNetworkWhoseSpeedWasNotMeasuredIsNotInfinitelySlow() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("pool first", 0, 60),
            HandMade.diverged("convolution first"),
            HandMade.run("parallel", 0, 62));
    Conclusion c = HandMade.conclusion(new GridReductionStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("cheaper")).isNaN();
  }

  @Test
  void networksThatHaveLearntNothingAreNotCalledEquallyGood() {
    List<TrainedRun> runs =
        List.of(
            HandMade.run("pool first", 0, 10.5),
            HandMade.run("convolution first", 0, 11),
            HandMade.run("parallel", 0, 29.5));
    Conclusion c = HandMade.conclusion(new GridReductionStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("no-bottleneck")).isNaN();
    assertThat(c.measured().get("as-accurate")).isNaN();
  }

  @Test
  void rowsOfTheAblationAreComparedWithTheRowBefore() {
    List<TrainedRun> runs =
        HandMade.runs(
            Map.of(
                "Inception-v2", 50.0,
                "+ RMSProp", 51.0,
                "+ label smoothing", 50.5,
                "+ factorised 7x7", 53.0,
                "+ BN auxiliary", 53.25));
    Conclusion c = HandMade.conclusion(new AblationStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("all-together")).isCloseTo(3.25, EXACT);
    assertThat(c.measured().get("each-helps")).isEqualTo(3);
    assertThat(c.measured().get("factorised")).isCloseTo(2.5, EXACT);
    assertThat(c.grids().get(0).rows().get(3))
        .containsExactly("+ factorised 7x7", "47.00 %", "-2.50", "21.60 %", "-1.20");
  }

  @Test
  void onlyWhatARowOfTheAblationNamesIsChanged() {
    List<Map<String, String>> rows =
        new AblationStudy().arms(Scale.QUICK).stream().map(a -> a.config().settings()).toList();
    List<String> models =
        new AblationStudy()
            .arms(Scale.QUICK).stream().map(a -> a.config().network().model()).toList();
    String optimizer = "learning.update.optimizer.name";
    assertThat(rows)
        .extracting(r -> r.get(optimizer))
        .containsExactly("sgd", "rmsprop", "rmsprop", "rmsprop", "rmsprop");
    assertThat(rows)
        .extracting(r -> r.get("learning.smoothing"))
        .containsExactly("0.0", "0.0", "0.1", "0.1", "0.1");
    assertThat(models)
        .extracting(m -> m.contains("stem=7x7"))
        .containsExactly(true, true, true, false, false);
    assertThat(models)
        .extracting(m -> m.contains("aux=bn"))
        .containsExactly(false, false, false, false, true);
    assertThat(rows).extracting(r -> r.get("learning.rate.base")).containsOnly("0.045");
    assertThat(rows.get(0)).containsEntry("learning.update.optimizer.momentum", "0.9");
    assertThat(rows.get(1))
        .containsEntry("learning.update.optimizer.epsilon", "1.0")
        .containsEntry("learning.update.optimizer.form", "tensorflow");
  }

  private static TrainedRun confident(String arm, double accuracy, double gap, double error) {
    TrainedRun run = HandMade.run(arm, 0, accuracy);
    List<Series.Point> figures = List.of(new Series.Point(0, gap), new Series.Point(1, error));
    List<Series> observed =
        List.of(
            new Series("figures", figures),
            new Series("gaps", List.of(new Series.Point(4.25, 100))),
            new Series("reliability", List.of(new Series.Point(90, 80))));
    return new TrainedRun(arm, 0, run.classes(), false, run.epochs(), 100, observed);
  }

  @Test
  void smoothingIsJudgedByAccuracyGapAndCalibration() {
    List<TrainedRun> runs =
        List.of(confident("hard labels", 70, 8, 5), confident("smoothed labels", 70.5, 4, 6));
    Conclusion c = HandMade.conclusion(new LabelSmoothingStudy(), Scale.QUICK, runs);
    assertThat(c.measured().get("accuracy")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("gap")).isCloseTo(0.5, EXACT);
    assertThat(c.measured().get("calibration")).isCloseTo(1.2, EXACT);
    assertThat(c.plots().get(1).series().get(0).points()).containsExactly(new Series.Point(90, 80));
  }

  @Test
  void gapsAndCalibrationAreThoseOfTheFormulas() {
    Confidence.Sums sums = new Confidence.Sums(new Tally(List.of("a", "b", "c")));
    float ln2 = (float) Math.log(2);
    // Probabilities 1/2, 1/4, 1/4, right; then 1/4, 1/2, 1/4, wrong.
    sums.add(new float[] {ln2, 0, 0}, 0);
    sums.add(new float[] {0, ln2, 0}, 2);
    // Gap 6 with probability 1 to within 0.005; right.
    sums.add(new float[] {6, 0, 0}, 0);
    List<Series> found = sums.series();
    double sure = 1 / (1 + 2 * Math.exp(-6));
    assertThat(found.get(0).points().get(0).y()).isCloseTo((6 + 2 * Math.log(2)) / 3, within(1e-6));
    // In bin one half 1 of 2 are right at confidence 1/2: no error; in the last 1 of 1.
    assertThat(found.get(0).points().get(1).y()).isCloseTo(100 * (1 - sure) / 3, within(1e-6));
    assertThat(found.get(1).points())
        .containsExactly(new Series.Point(0.75, 200 / 3.0), new Series.Point(6.25, 100 / 3.0));
    assertThat(found.get(2).points().get(0).x()).isCloseTo(50, within(1e-5));
    assertThat(found.get(2).points().get(0).y()).isCloseTo(50, EXACT);
    assertThat(found.get(2).points().get(1).x()).isCloseTo(100 * sure, within(1e-5));
  }

  /** The sum of the absolute activations of a node at every look. */
  private static final class Norms implements TrainingObserver {
    private final Activations values;
    private final List<Series.Point> sums = new ArrayList<>();

    Norms(Activations values) {
      this.values = values;
    }

    @Override
    public void look(long step) {
      double sum = 0;
      for (float v : values.now()) {
        sum += Math.abs(v);
      }
      sums.add(new Series.Point(step, sum));
    }

    @Override
    public List<Series> seen() {
      return List.of(new Series("sum", sums));
    }

    @Override
    public void close() {
      values.close();
    }
  }

  /** Small networks that are looked into by the observers of these studies. */
  private static Study looking() {
    RunConfig config = StudyConfigs.constant("mlp(units=8)", 0.1).withBatch(16);
    return SmallStudy.of(
        "looking",
        Arm.of("progress", config).watchedBy(Progress::new),
        Arm.of("confidence", config).watchedBy(Confidence::of),
        Arm.of("activations", config)
            .watchedBy(
                (trainer, backend) -> new Norms(new Activations(trainer, backend, NODE, 4))));
  }

  @Test
  void observersSeeTheSameNetworkAsTheEvaluation(@TempDir Path folder) {
    Setting setting = SmallStudy.setting(folder).convolving(ConvolutionAlgorithm.DIRECT);
    RecordingBackend backend = new RecordingBackend(new OneDnnBackend());
    StudyResult result = new Experiment(looking(), setting, backend, e -> {}).run().orElseThrow();
    assertThat(backend.convolutions()).containsExactly(ConvolutionAlgorithm.DIRECT);
    TrainedRun progress = result.runs().get(0);
    List<Series.Point> points = Progress.of(progress);
    assertThat(points.get(points.size() - 1).y()).isCloseTo(progress.accuracy(), EXACT);
    assertThat(points.get(0).x()).isZero();
    assertThat(Progress.chance(progress)).isCloseTo(10, EXACT);
    TrainedRun confidence = result.runs().get(1);
    assertThat(Confidence.gap(confidence)).isGreaterThan(0);
    assertThat(Confidence.error(confidence)).isBetween(0.0, 100.0);
    double images =
        Confidence.gaps(confidence, "all").points().stream().mapToDouble(Series.Point::y).sum();
    assertThat(images).isCloseTo(100, within(1e-6));
    List<Series.Point> sums = result.runs().get(2).observed().get(0).points();
    assertThat(sums).isNotEmpty().allMatch(p -> p.y() > 0);
  }
}
