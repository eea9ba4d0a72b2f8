package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.eval.Evaluation;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.train.RangeTest.Point;
import dev.fovea.train.RangeTest.Range;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that write no run folder, and models made of several runs. */
class TrialsTest {

  @Test
  void theSuggestedRateIsWhereALogisticCurveFallsFastest() {
    Range range = new Range(1e-6, 10, 100);
    Random random = new Random(1);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      // Falls around rate 1e-3, rises above 1, with noise of a tenth of the fall.
      double x = Math.log10(range.rate(i));
      double loss =
          2.3 - 1.5 / (1 + Math.exp(-4 * (x + 3))) + Math.exp(6 * x) + 0.15 * random.nextGaussian();
      points.add(new Point(range.rate(i), loss, loss));
    }
    double found = new RangeTest(points).suggestion().orElseThrow();
    assertThat(Math.log10(found)).isCloseTo(-3, within(0.35));
    assertThat(new RangeTest(points.subList(0, 5)).suggestion()).isEmpty();
    assertThat(range.rate(0)).isEqualTo(1e-6);
    assertThat(range.rate(99)).isCloseTo(10, within(1e-12));
    assertThatThrownBy(() -> new Range(1, 1, 100)).isInstanceOf(ConfigException.class);
  }

  @Test
  void aRangeTestEndsWhenTheLossIsFourTimesItsLeast(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp.resolve("run"))
            .with("learning.update.clipping.norm", "1e30")
            .with("learning.update.accumulate", "2");
    List<Point> told = new ArrayList<>();
    RangeTest test =
        RangeTest.run(
            config, new OneDnnBackend(), new Range(1e-3, 1e4, 40), told::add, () -> false);
    assertThat(test.points()).isEqualTo(told).hasSizeBetween(10, 39);
    double least = Double.POSITIVE_INFINITY;
    for (Point p : told.subList(0, told.size() - 1)) {
      least = Math.min(least, p.smoothed());
      assertThat(p.smoothed()).isLessThanOrEqualTo(4 * least);
    }
    assertThat(temp.resolve("run")).doesNotExist();
    List<Point> none = new ArrayList<>();
    RangeTest.run(config, new OneDnnBackend(), new Range(1e-4, 1, 40), none::add, () -> true);
    assertThat(none).isEmpty();
  }

  @Test
  void aDryRunSaysWhatARunWouldBeAndWritesNothing(@TempDir Path temp) {
    RunConfig config = TinyRun.in(temp.resolve("run"));
    DryRun r = DryRun.of(config, new OneDnnBackend());
    assertThat(r.plan().totalSteps()).isEqualTo(20);
    assertThat(r.plan().stepsPerEpoch()).isEqualTo(10);
    assertThat(r.plan().trainImages()).isEqualTo(160);
    assertThat(r.plan().evaluationBatches()).isEqualTo(3);
    assertThat(r.loss()).isBetween(1.0, 10.0);
    assertThat(r.times().run())
        .isCloseTo(20 * r.times().step() + 6 * r.times().evaluation(), within(1e-9));
    assertThat(r.training().arenaBytes()).isPositive();
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void fewImagesAreLearntByHeartAndEvaluatedThemselves(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp)
            .with("data.overfit", "16")
            .with("data.augment", "none")
            .with("learning.update.average.decay", "0")
            .with("learning.length", "60steps");
    List<TrainEvent> events = new ArrayList<>();
    TrainResult result = TinyRun.run(config, events::add);
    TrainEvent.RunStarted start = (TrainEvent.RunStarted) events.get(0);
    assertThat(start.trainImages()).isEqualTo(16);
    assertThat(start.valImages()).isEqualTo(16);
    assertThat(result.bestTop1()).isEqualTo(1);
    EpochRow last = result.history().get(result.history().size() - 1);
    assertThat(last.train().loss()).isLessThan(0.05);
    RunConfig tooMany = TinyRun.in(temp.resolve("b")).with("data.overfit", "1000");
    assertThatThrownBy(() -> TinyRun.run(tooMany))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("only 160 images");
  }

  @Test
  void theAverageOfModelsIsTheMeanOfTheirWeightsWithStatisticsOfItsOwn(@TempDir Path temp) {
    Path first = TinyRun.run(TinyRun.in(temp.resolve("a"))).model();
    Path second =
        TinyRun.run(
                TinyRun.in(temp.resolve("b"))
                    .with("network.init", first.toString())
                    .with("engine.seed", "5"))
            .model();
    Path out = temp.resolve("mean.safetensors");
    Evaluation found =
        CheckpointAverage.write(List.of(first, second), out, "", 100, Optional.empty(), new OneDnnBackend());
    Map<String, float[]> a = weights(first);
    Map<String, float[]> b = weights(second);
    weights(out)
        .forEach(
            (name, mean) -> {
              float[] x = Objects.requireNonNull(a.get(name));
              float[] y = Objects.requireNonNull(b.get(name));
              boolean equal = true;
              for (int i = 0; i < mean.length; i++) {
                equal &= mean[i] == (float) (x[i] / 2.0 + y[i] / 2.0);
              }
              assertThat(equal).as(name).isEqualTo(!name.contains("running_"));
            });
    try (ModelFile file = ModelFile.open(out)) {
      assertThat(file.card().metrics().get("top1")).isEqualTo(found.top1());
      assertThat(file.card().classes()).hasSize(10);
    }
    Path other =
        TinyRun.run(
                TinyRun.in(temp.resolve("c"))
                    .with("learning.length", "1steps")
                    .with("network.model", "resnet20(shortcut=B)"))
            .model();
    assertThatThrownBy(
            () ->
                CheckpointAverage.write(
                    List.of(first, other), temp.resolve("none"), "", 1, Optional.empty(), new OneDnnBackend()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("resnet20(shortcut=B)")
        .hasMessageContaining("cannot be averaged");
  }

  private static Map<String, float[]> weights(Path model) {
    try (ModelFile file = ModelFile.open(model);
        ParameterSet set = new OneDnnBackend().parameters(file.graph())) {
      file.loadInto(set);
      Map<String, float[]> all = new HashMap<>();
      for (ParamSpec p : set.specs()) {
        all.put(p.name(), set.read(p.name()));
      }
      return all;
    }
  }
}
