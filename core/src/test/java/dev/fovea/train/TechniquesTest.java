package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.train.TrainResult.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every technique in whole runs, and that each survives a stop to the same bytes. */
class TechniquesTest {

  record Technique(String name, UnaryOperator<RunConfig> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Technique> stateful() {
    return Stream.of(
        new Technique(
            "rmsprop, accumulated, population statistics",
            c ->
                c.with("learning.update.optimizer.name", "rmsprop")
                    .with("learning.update.accumulate", "2")
                    .with("learning.update.statistics.kind", "population")
                    .with("learning.update.statistics.batches", "3")),
        new Technique(
            "adamw, stochastic average",
            c ->
                c.with("learning.update.optimizer.name", "adamw")
                    .with("learning.rate.base", "0.002")
                    .with("learning.update.average.decay", "0")
                    .with("learning.update.average.swa_from", "1epochs")
                    .with("learning.update.average.swa_rate", "0.001")
                    .with("learning.length", "3epochs")),
        new Technique(
            "lars, frozen stem",
            c ->
                c.with("learning.update.optimizer.name", "lars")
                    .with("learning.update.groups.freeze", "conv1 bn1")
                    .with("learning.update.groups.lr_scale", "layer1=0.1")
                    .with("learning.update.groups.layer_decay", "0.9")),
        new Technique(
            "muon, rates by kind, lookahead",
            c ->
                c.with("learning.update.optimizer.name", "muon")
                    .with("learning.update.optimizer.iterations", "3")
                    .with("learning.update.optimizer.normalize_weights", "true")
                    .with("learning.update.groups.lr_scale", "filters=0.5 norm_shifts=8 head=2")
                    .with("learning.update.groups.freeze", "norm_scales")
                    .with("learning.update.lookahead.every", "3")
                    .with("learning.update.lookahead.decay", "0.77")
                    .with("learning.update.lookahead.power", "3")),
        new Technique(
            "filters from images",
            c -> c.with("network.model", "airbench94(width=4)").with("network.input", "16")),
        new Technique(
            "sgdw, lookahead and average",
            c ->
                c.with("learning.update.optimizer.name", "sgdw")
                    .with("learning.update.lookahead.every", "4")),
        new Technique(
            "evaluated every other epoch",
            c -> c.with("output.evaluate_every", "2").with("learning.length", "3epochs")));
  }

  @ParameterizedTest
  @MethodSource("stateful")
  void aStoppedRunEndsInTheSameBytes(Technique t, @TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    TrainResult result = TinyRun.run(t.change().apply(TinyRun.in(whole)));
    assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
    long steps = result.totalSteps();
    long firstEpoch = steps / (long) TinyRun.resumed(whole).learning().length().count();
    // Within an epoch, at the end of the first, and at the last step.
    for (long stop : new long[] {3, firstEpoch, steps}) {
      Path folder = temp.resolve("stopped at " + stop);
      TinyRun.runUntil(t.change().apply(TinyRun.in(folder)), stop);
      TinyRun.run(TinyRun.resumed(folder));
      assertThat(TinyRun.model(folder)).as("stopped at %d", stop).isEqualTo(TinyRun.model(whole));
      assertThat(TinyRun.rows(folder)).isEqualTo(TinyRun.rows(whole));
    }
  }

  @Test
  void severalBatchesMakeOneStep(@TempDir Path temp) {
    List<TrainEvent> events = new ArrayList<>();
    TrainResult result =
        TinyRun.run(TinyRun.in(temp).with("learning.update.accumulate", "3"), events::add);
    // 10 batches of an epoch are 3 steps of 3, and one batch is left out.
    assertThat(result.totalSteps()).isEqualTo(6);
    assertThat(events.stream().filter(e -> e instanceof TrainEvent.StepDone))
        .hasSize(6)
        .allSatisfy(e -> assertThat(((TrainEvent.StepDone) e).images()).isEqualTo(48));
    assertThat(((TrainEvent.RunStarted) events.get(0)).plan().stepsPerEpoch()).isEqualTo(3);
    assertThat(result.history()).hasSize(2);
    RunConfig tooMany = TinyRun.in(temp.resolve("b")).with("learning.update.accumulate", "11");
    assertThatThrownBy(() -> TinyRun.run(tooMany))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("16 times 11");
  }

  @Test
  void frozenPartsKeepTheirWeightsAndStatistics(@TempDir Path temp) {
    Path first = TinyRun.run(one(temp.resolve("a"))).model();
    Path second =
        TinyRun.run(
                one(temp.resolve("b"))
                    .with("network.init", first.toString())
                    .with("learning.update.average.decay", "0")
                    .with("learning.update.groups.freeze", "trunk"))
            .model();
    Map<String, float[]> before = weights(first);
    weights(second)
        .forEach(
            (name, values) -> {
              float[] old = Objects.requireNonNull(before.get(name));
              if (name.startsWith("linear") || name.startsWith("fc")) {
                assertThat(values).as(name).isNotEqualTo(old);
              } else {
                assertThat(values).as(name).isEqualTo(old);
              }
            });
    RunConfig all = one(temp.resolve("c")).with("learning.update.groups.freeze", "trunk head");
    assertThatThrownBy(() -> TinyRun.run(all))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("nothing is left to train");
  }

  @Test
  void whiteningFiltersComeFromTheImagesAndFixedParametersStay(@TempDir Path temp) {
    List<TrainEvent> events = new ArrayList<>();
    RunConfig config =
        one(temp.resolve("a"))
            .with("network.model", "airbench94(width=4)")
            .with("network.input", "16")
            .with("learning.update.average.decay", "0");
    Map<String, float[]> weights = weights(TinyRun.run(config, events::add).model());
    assertThat(events.toString()).contains("whiten.weight whitens the patches of 160 training");
    float[] whiten = Objects.requireNonNull(weights.get("whiten.weight"));
    double grows = 0;
    for (int o = 0; o < 12; o++) {
      double square = 0;
      for (int i = 0; i < 12; i++) {
        assertThat(whiten[(12 + o) * 12 + i]).isEqualTo(-whiten[o * 12 + i]);
        square += whiten[o * 12 + i] * whiten[o * 12 + i];
      }
      assertThat(square).isGreaterThan(grows);
      grows = square;
    }
    // Pixels of an image are alike: the last direction varies far less than that of white noise.
    assertThat(grows).isGreaterThan(10);
    assertThat(Objects.requireNonNull(weights.get("layers.2.norm1.weight"))).containsOnly(1f);
    assertThat(Objects.requireNonNull(weights.get("layers.2.norm1.bias"))).doesNotContain(0f);
  }

  @Test
  void frozenStatisticsStayWhileWeightsMove(@TempDir Path temp) {
    Path first = TinyRun.run(one(temp.resolve("a"))).model();
    Path second =
        TinyRun.run(
                one(temp.resolve("b"))
                    .with("network.init", first.toString())
                    .with("learning.update.average.decay", "0")
                    .with("learning.update.statistics.kind", "frozen"))
            .model();
    Map<String, float[]> before = weights(first);
    weights(second)
        .forEach(
            (name, values) ->
                assertThat(java.util.Arrays.equals(values, before.get(name)))
                    .as(name)
                    .isEqualTo(name.contains("running_")));
  }

  @Test
  void populationStatisticsChangeEvaluationAndNotTheWeights(@TempDir Path temp) {
    RunConfig plain = one(temp.resolve("a")).with("learning.update.average.decay", "0");
    RunConfig population =
        one(temp.resolve("b"))
            .with("learning.update.average.decay", "0")
            .with("learning.update.statistics.kind", "population");
    Map<String, float[]> a = weights(TinyRun.run(plain).model());
    weights(TinyRun.run(population).model())
        .forEach(
            (name, values) ->
                assertThat(java.util.Arrays.equals(values, a.get(name)))
                    .as(name)
                    .isEqualTo(!name.contains("running_")));
  }

  @Test
  void aRunWithoutProgressStopsAndCanGoOn(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp)
            .with("learning.update.groups.lr_scale", "trunk=0 head=0")
            .with("learning.update.statistics.kind", "frozen")
            .with("learning.length", "9epochs")
            .with("output.patience", "2");
    TrainResult result = TinyRun.run(config);
    assertThat(result.outcome()).isEqualTo(Outcome.NO_PROGRESS);
    assertThat(result.bestEpoch()).isEqualTo(1);
    assertThat(result.history()).hasSize(3);
    assertThat(result.resumable()).isTrue();
    assertThat(TinyRun.run(TinyRun.resumed(temp)).history()).hasSize(3);
    assertThat(TinyRun.run(TinyRun.resumed(temp).with("output.patience", "4")).history())
        .hasSize(5);
  }

  @Test
  void evaluatingLessOftenLeavesColumnsEmptyAndChangesNothingElse(@TempDir Path temp)
      throws IOException {
    Path each = temp.resolve("each");
    Path some = temp.resolve("some");
    List<EpochRow> all = TinyRun.run(TinyRun.in(each).with("learning.length", "5epochs")).history();
    List<TrainEvent.EpochDone> done = new ArrayList<>();
    TrainResult result =
        TinyRun.run(
            TinyRun.in(some).with("learning.length", "5epochs").with("output.evaluate_every", "2"),
            e -> {
              if (e instanceof TrainEvent.EpochDone d) {
                done.add(d);
              }
            });
    assertThat(result.history()).extracting(EpochRow::epoch).containsExactly(1, 2, 3, 4, 5);
    assertThat(done).extracting(TrainEvent.EpochDone::row).isEqualTo(result.history());
    for (EpochRow row : result.history()) {
      EpochRow same = all.get(row.epoch() - 1);
      assertThat(row.train()).isEqualTo(same.train());
      assertThat(row.step()).isEqualTo(same.step());
      assertThat(row.rate()).isEqualTo(same.rate());
      boolean evaluated = row.epoch() % 2 == 0 || row.epoch() == 5;
      assertThat(row.val()).isEqualTo(evaluated ? same.val() : Optional.empty());
      assertThat(done.get(row.epoch() - 1).validation().isPresent()).isEqualTo(evaluated);
    }
    assertThat(result.best().orElseThrow().epoch()).isEqualTo(result.bestEpoch()).isIn(2, 4, 5);
    assertThat(result.bestTop1()).isEqualTo(result.best().orElseThrow().evaluated().top1());
    List<String> csv = TinyRun.rows(some);
    assertThat(csv).hasSize(6);
    assertThat(csv.get(1)).matches("1,10,[0-9.]+,[0-9.]+,,,,[-0-9.E]+");
    assertThat(csv.get(2)).isEqualTo(TinyRun.rows(each).get(2));
  }

  @Test
  void patienceWaitsForAnEvaluation(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp)
            .with("learning.update.groups.lr_scale", "trunk=0 head=0")
            .with("learning.update.statistics.kind", "frozen")
            .with("learning.length", "9epochs")
            .with("output.evaluate_every", "3")
            .with("output.patience", "2");
    TrainResult result = TinyRun.run(config);
    assertThat(result.outcome()).isEqualTo(Outcome.NO_PROGRESS);
    assertThat(result.history()).extracting(EpochRow::epoch).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void weightsOfOtherImageSizesAndClassesAreAStart(@TempDir Path temp) {
    Path first = TinyRun.run(one(temp.resolve("a"))).model();
    List<TrainEvent> events = new ArrayList<>();
    TinyRun.run(
        one(temp.resolve("b"))
            .with("network.init", first.toString())
            .with("network.input", "12")
            .with("data.source", TinyRun.DATA.replace("size=8", "size=12")),
        events::add);
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .singleElement()
        .asString()
        .contains("3x8x8", "3x12x12");
    RunConfig wrong =
        one(temp.resolve("c"))
            .with("network.init", first.toString())
            .with("network.model", "resnet20(shortcut=B)");
    assertThatThrownBy(() -> TinyRun.run(wrong))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("holds resnet20")
        .hasMessageContaining("it has no layer2.0")
        .hasMessageContaining("network.model to resnet20");
  }

  private static RunConfig one(Path folder) {
    return TinyRun.in(folder).with("learning.length", "1epochs");
  }

  private static Map<String, float[]> weights(Path model) {
    try (ModelFile file = ModelFile.open(model)) {
      Graph graph = file.graph();
      try (ParameterSet set = new OneDnnBackend().parameters(graph)) {
        file.loadInto(set);
        Map<String, float[]> all = new HashMap<>();
        for (ParamSpec p : graph.params()) {
          all.put(p.name(), set.read(p.name()));
        }
        return all;
      }
    }
  }
}
