package dev.fovea.train;

import static dev.fovea.train.RankRuns.losses;
import static dev.fovea.train.RankRuns.result;
import static dev.fovea.train.RankRuns.state;
import static dev.fovea.train.RankRuns.train;
import static dev.fovea.train.RankRuns.withNorms;
import static dev.fovea.train.RankRuns.withoutNorms;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.MemoryRanks;
import dev.fovea.NeedsBf16;
import dev.fovea.collective.Collective;
import dev.fovea.collective.SingleRank;
import dev.fovea.eval.Evaluation;
import dev.fovea.program.ParameterSet;
import dev.fovea.train.TrainResult.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs on several ranks compute; {@code RankFailuresTest} is about how they fail. */
class RanksTest {
  private static final long NEVER = Long.MAX_VALUE;

  private static void assertClose(List<Double> losses, List<Double> expected) {
    assertThat(losses).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(losses.get(i))
          .as("loss of step " + (i + 1))
          .isCloseTo(expected.get(i), within(1e-5 * Math.max(1, expected.get(i))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void fiftyStepsOfSeveralRanksAreThoseOfOne(int ranks, @TempDir Path temp) {
    List<Double> one = losses(train(new SingleRank(), withoutNorms(temp.resolve("one"))));
    assertThat(one).hasSize(50);
    List<List<TrainEvent>> several = train(ranks, withoutNorms(temp.resolve("several")));
    assertThat(several).hasSize(ranks);
    several.forEach(events -> assertThat(losses(events)).isEqualTo(losses(several.get(0))));
    assertClose(losses(several.get(0)), one);
  }

  record Technique(String name, UnaryOperator<RunConfig> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Technique> techniques() {
    return Stream.of(
        new Technique("average and clipping", c -> c),
        new Technique(
            "accumulated, population statistics",
            c ->
                c.with("learning.update.accumulate", "2")
                    .with("learning.update.statistics.kind", "population")
                    .with("learning.update.statistics.batches", "3")),
        new Technique(
            "muon and lookahead",
            c ->
                c.with("learning.update.optimizer.name", "muon")
                    .with("learning.update.lookahead.every", "3")),
        new Technique(
            "statistics of all ranks",
            c -> c.with("learning.update.statistics.synchronize", "true")),
        new Technique(
            "filters from training images",
            c ->
                c.with("network.model", "airbench94(width=4)")
                    .with("network.input", "16")
                    .with("learning.length", "1epochs")),
        new Technique("lars", c -> c.with("learning.update.optimizer.name", "lars")),
        new Technique("mixed images", c -> c.with("data.augment", "cifar-modern")),
        new Technique(
            "growing images and freezing parts",
            c ->
                c.with("network.progressive", "4:50%")
                    .with("learning.update.groups.freeze_at", "layer1:50%")));
  }

  @ParameterizedTest
  @MethodSource("techniques")
  void aStoppedRunEndsInTheStateOfOneThatWasNot(Technique t, @TempDir Path temp)
      throws IOException {
    Path whole = temp.resolve("whole");
    Path stopped = temp.resolve("stopped");
    train(3, t.change().apply(withNorms(whole)));
    RunConfig config = t.change().apply(withNorms(stopped));
    List<List<TrainEvent>> first =
        MemoryRanks.run(3, c -> train(c, config, c.rank() == 1 ? 3 : NEVER, Trainer::interrupt));
    first.forEach(
        events -> {
          assertThat(result(events).outcome()).isEqualTo(Outcome.INTERRUPTED);
          assertThat(result(events).step()).isBetween(3L, 4L);
        });
    train(3, TinyRun.resumed(stopped));
    assertThat(state(stopped)).isEqualTo(state(whole));
    assertThat(TinyRun.model(stopped)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(stopped)).isEqualTo(TinyRun.rows(whole));
  }

  @Test
  void aRunIsRepeatableAndAllRanksHoldTheSameWeights(@TempDir Path temp) throws IOException {
    requireRepeatable(temp, "f32");
  }

  @NeedsBf16
  @Test
  void soItIsInBfloat16(@TempDir Path temp) throws IOException {
    requireRepeatable(temp, "bf16");
  }

  private static void requireRepeatable(Path temp, String precision) throws IOException {
    List<Map<String, float[]>> weights = new ArrayList<>();
    List<Path> folders = List.of(temp.resolve("first"), temp.resolve("second"));
    for (Path folder : folders) {
      RunConfig config = withNorms(folder).with("engine.precision", precision);
      weights.addAll(MemoryRanks.run(3, c -> weightsAfterStep(15, c, config)));
    }
    assertThat(weights).hasSize(6).allSatisfy(w -> assertThat(w).isNotEmpty());
    for (Map<String, float[]> other : weights) {
      weights
          .get(0)
          .forEach((name, values) -> assertThat(other.get(name)).as(name).isEqualTo(values));
    }
    assertThat(state(folders.get(1))).isEqualTo(state(folders.get(0)));
    assertThat(TinyRun.model(folders.get(1))).isEqualTo(TinyRun.model(folders.get(0)));
  }

  // Within an epoch, where no evaluation or file has made ranks alike.
  private static Map<String, float[]> weightsAfterStep(
      long step, Collective collective, RunConfig config) {
    Map<String, float[]> weights = new HashMap<>();
    train(
        collective,
        config,
        step,
        trainer -> {
          ParameterSet set = trainer.weights();
          set.specs().forEach(p -> weights.put(p.name(), set.read(p.name())));
        });
    return weights;
  }

  @Test
  void aRunGoesOnWithOtherNumbersOfRanks(@TempDir Path temp) {
    Path one = temp.resolve("one");
    List<Double> expected = losses(train(new SingleRank(), withoutNorms(one)));
    Path folder = temp.resolve("changing");
    List<Double> losses = new ArrayList<>();
    RunConfig config = withoutNorms(folder);
    List<Integer> numbers = List.of(2, 1, 4, 2);
    for (int i = 0; i < numbers.size(); i++) {
      RunConfig part = i == 0 ? config : TinyRun.resumed(folder);
      long stop = i == numbers.size() - 1 ? NEVER : 12L * (i + 1);
      losses.addAll(
          losses(
              MemoryRanks.run(numbers.get(i), c -> train(c, part, stop, Trainer::interrupt))
                  .get(0)));
    }
    assertClose(losses, expected);
  }

  // A rate so small that the weights stay the same, whatever the number of ranks.
  @Test
  void figuresOfEvaluationsDoNotDependOnTheNumberOfRanks(@TempDir Path temp) {
    List<Evaluation> figures = new ArrayList<>();
    for (int ranks : List.of(1, 2, 3)) {
      RunConfig config =
          withoutNorms(temp.resolve("ranks" + ranks))
              .with("engine.eval_batch", "7")
              .with("learning.length", "1steps")
              .with("learning.rate.base", "1e-30");
      train(ranks, config).forEach(events -> figures.add(evaluation(events)));
    }
    assertThat(figures.get(0).images()).isEqualTo(41);
    assertThat(figures).hasSize(6).allMatch(figures.get(0)::equals);
  }

  private static Evaluation evaluation(List<TrainEvent> events) {
    return events.stream()
        .filter(TrainEvent.EpochDone.class::isInstance)
        .flatMap(e -> ((TrainEvent.EpochDone) e).validation().stream())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRankWithoutTheFilesResumesWithTheSettingsOfRank0(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    train(2, withNorms(whole));
    Path folder = temp.resolve("run");
    MemoryRanks.run(2, c -> train(c, withNorms(folder), 13, Trainer::interrupt));
    RunConfig none = RunConfig.named("cifar-fast").with("output.resume", "true");
    List<List<TrainEvent>> rest =
        MemoryRanks.run(2, c -> train(c, c.rank() == 0 ? TinyRun.resumed(folder) : none));
    assertThat(losses(rest.get(1))).isEqualTo(losses(rest.get(0))).isNotEmpty();
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
  }

  @Test
  void aTimeBecomesTheSameNumberOfEpochsOnAllRanks(@TempDir Path temp) {
    List<List<TrainEvent>> events =
        train(2, withNorms(temp.resolve("run")).with("learning.length", "0.005minutes"));
    TrainResult first = result(events.get(0));
    assertThat(first.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(result(events.get(1)).totalSteps()).isEqualTo(first.totalSteps()).isPositive();
    assertThat(((TrainEvent.RunStarted) events.get(1).get(0)).notes())
        .anyMatch(note -> note.contains("the exchange between ranks takes more time"));
  }

  @Test
  void whatIsExchangedIsReported(@TempDir Path temp) {
    List<List<TrainEvent>> events =
        train(2, withNorms(temp.resolve("run")).with("learning.length", "1epochs"));
    for (List<TrainEvent> of : events) {
      TrainEvent.Exchanged exchanged =
          of.stream()
              .filter(TrainEvent.Exchanged.class::isInstance)
              .map(TrainEvent.Exchanged.class::cast)
              .findFirst()
              .orElseThrow();
      // Ten steps of 75,290 gradients, to which come statistics, messages and padding.
      assertThat(exchanged.bytes()).isBetween(10 * 4 * 75_290L, 10 * 4 * 80_000L);
      assertThat(exchanged.waiting()).isPositive();
    }
  }
}
