package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.MemoryRanks;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import dev.fovea.collective.SingleRank;
import dev.fovea.data.image.DataException;
import dev.fovea.eval.Evaluation;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.train.TrainResult.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on several ranks, which are threads here. */
class RanksTest {
  // Not divisible by the batch, so that images are left over in every epoch.
  private static final String DATA = "shapes(size=8,count=130,val=41)";

  private static final String CONVOLUTIONS =
      "convolutions{input=Input(|3x8x8);"
          + "c1=Conv2d(input|16|3x3s1x1p1x1|1|true|HeNormal:OUT|Constant:0.0);r1=Relu(c1);"
          + "c2=Conv2d(r1|24|3x3s2x2p1x1|1|true|HeNormal:OUT|Constant:0.0);r2=Relu(c2);"
          + "flat=Flatten(r2);fc=Linear(flat|10|true|PyTorchDefault:384|PyTorchDefault:384);"
          + ">fc:1.0}";

  /** A network without batch norms, whose steps over parts of a batch sum up to those of all. */
  private static RunConfig withoutNorms(Path folder) {
    return TinyRun.in(folder)
        .with("data.source", DATA)
        .with("network.model", CONVOLUTIONS)
        .with("learning.batch", "12")
        .with("learning.length", "5epochs")
        .with("learning.rate.base", "0.01");
  }

  private static RunConfig withNorms(Path folder) {
    return TinyRun.in(folder).with("data.source", DATA).with("learning.batch", "12");
  }

  /** Runs on so many ranks and returns the events of each. */
  private static List<List<TrainEvent>> train(int ranks, RunConfig config) {
    return MemoryRanks.run(ranks, collective -> train(collective, config, Long.MAX_VALUE));
  }

  // Interrupts itself after a step.
  private static List<TrainEvent> train(Collective collective, RunConfig config, long stop) {
    List<TrainEvent> events = new ArrayList<>();
    Trainer[] self = new Trainer[1];
    TrainListener listener =
        e -> {
          events.add(e);
          if (e instanceof TrainEvent.StepDone s && s.step() == stop) {
            self[0].interrupt();
          }
        };
    try (Trainer trainer =
        Trainer.open(config, new OneDnnBackend(), Additions.NONE, collective, listener)) {
      self[0] = trainer;
      trainer.run();
      return events;
    }
  }

  private static List<Double> losses(List<TrainEvent> events) {
    return events.stream()
        .filter(TrainEvent.StepDone.class::isInstance)
        .map(e -> ((TrainEvent.StepDone) e).figures().loss())
        .toList();
  }

  private static TrainResult result(List<TrainEvent> events) {
    return ((TrainEvent.RunFinished) events.get(events.size() - 1)).result();
  }

  /** Everything in a state but the seconds and the checksum over them. */
  private static Map<String, String> state(Path folder) {
    Map<String, String> all = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(new RunFolder(folder).state())) {
      file.metadata()
          .forEach(
              (k, v) -> {
                if (k.equals("state.position")) {
                  all.put(k, v.replaceAll("\"seconds\":[^,}]+", ""));
                }
              });
      file.entries().keySet().forEach(name -> all.put(name, Arrays.toString(file.floats(name))));
    }
    return all;
  }

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
    List<Double> one =
        losses(train(new SingleRank(), withoutNorms(temp.resolve("one")), Long.MAX_VALUE));
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
  void aRunIsRepeatableAndAStoppedOneEndsInTheSameState(Technique t, @TempDir Path temp)
      throws IOException {
    Path whole = temp.resolve("whole");
    Path again = temp.resolve("again");
    Path stopped = temp.resolve("stopped");
    train(3, t.change().apply(withNorms(whole)));
    train(3, t.change().apply(withNorms(again)));
    assertThat(state(again)).isEqualTo(state(whole));
    assertThat(TinyRun.model(again)).isEqualTo(TinyRun.model(whole));
    RunConfig config = t.change().apply(withNorms(stopped));
    List<List<TrainEvent>> first =
        MemoryRanks.run(3, c -> train(c, config, c.rank() == 1 ? 3 : Long.MAX_VALUE));
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
  void aRunGoesOnWithOtherNumbersOfRanks(@TempDir Path temp) {
    Path one = temp.resolve("one");
    List<Double> expected = losses(train(new SingleRank(), withoutNorms(one), Long.MAX_VALUE));
    Path folder = temp.resolve("changing");
    List<Double> losses = new ArrayList<>();
    RunConfig config = withoutNorms(folder);
    List<Integer> numbers = List.of(2, 1, 4, 2);
    for (int i = 0; i < numbers.size(); i++) {
      RunConfig part = i == 0 ? config : TinyRun.resumed(folder);
      long stop = i == numbers.size() - 1 ? Long.MAX_VALUE : 12L * (i + 1);
      losses.addAll(losses(MemoryRanks.run(numbers.get(i), c -> train(c, part, stop)).get(0)));
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

  private static List<MemoryRanks.Ending<List<TrainEvent>>> endings(
      int ranks, Function<Collective, RunConfig> config) {
    return MemoryRanks.endings(ranks, c -> train(c, config.apply(c), Long.MAX_VALUE));
  }

  private static Throwable failure(MemoryRanks.Ending<?> ending) {
    return ending.failure().orElseThrow(() -> new AssertionError("this rank did not fail"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "engine.seed         | 1    | engine.seed is '1' on rank 1 and '0' on rank 0",
        "learning.rate.base  | 0.07 | learning.rate.base is '0.07' on rank 1 and '0.05' on rank 0",
        "engine.threads      | 2    | engine.threads is '2' on rank 1 and '1' on rank 0",
        "data.source | shapes(size=8,count=130,val=41,seed=5) | holds other images or classes",
      })
  void ranksThatDifferAreRefusedByName(
      String key, String value, String reason, @TempDir Path temp) {
    Path folder = temp.resolve("run");
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        endings(
            2,
            c -> {
              RunConfig config = withNorms(folder);
              return c.rank() == 1 ? config.with(key, value) : config;
            });
    for (MemoryRanks.Ending<?> ending : endings) {
      assertThat(failure(ending))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(reason)
          .hasMessageContaining("rank 1");
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void ranksOfAnotherVersionOrEngineAreRefused(@TempDir Path temp) {
    RunConfig config = TrainingSetup.resolve(withNorms(temp.resolve("run")), new OneDnnBackend());
    List<MemoryRanks.Ending<RunConfig>> endings =
        MemoryRanks.endings(
            3,
            c -> {
              try (Ranks ranks = Ranks.of(c)) {
                return Agreement.on(config, "Fovea " + c.rank() / 2, "engine " + c.rank(), ranks);
              }
            });
    for (MemoryRanks.Ending<?> ending : endings) {
      assertThat(failure(ending))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("program is 'Fovea 1' on rank 2 and 'Fovea 0' on rank 0")
          .hasMessageContaining("the engine is 'engine 1' on rank 1 and 'engine 0' on rank 0");
    }
  }

  @Test
  void aRankWithoutTheFilesResumesWithTheSettingsOfRank0(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    train(2, withNorms(whole));
    Path folder = temp.resolve("run");
    MemoryRanks.run(2, c -> train(c, withNorms(folder), 13));
    RunConfig none = RunConfig.named("cifar-fast").with("output.resume", "true");
    List<List<TrainEvent>> rest =
        MemoryRanks.run(
            2, c -> train(c, c.rank() == 0 ? TinyRun.resumed(folder) : none, Long.MAX_VALUE));
    assertThat(losses(rest.get(1))).isEqualTo(losses(rest.get(0))).isNotEmpty();
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
  }

  @Test
  void aTimeBecomesTheSameNumberOfEpochsOnAllRanks(@TempDir Path temp) {
    List<List<TrainEvent>> events =
        train(2, withNorms(temp.resolve("run")).with("learning.length", "0.03minutes"));
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
      // Ten steps of 270,000 gradients.
      assertThat(exchanged.bytes()).isBetween(10 * 4 * 270_000L, 10 * 4 * 300_000L);
      assertThat(exchanged.waiting()).isPositive();
    }
  }

  @Test
  void aBatchThatTheRanksDoNotDivideIsRefused(@TempDir Path temp) {
    endings(5, c -> withNorms(temp.resolve("run")))
        .forEach(
            ending ->
                assertThat(failure(ending))
                    .hasMessageContaining("cannot be divided by 5 ranks: set it to 10 or 15"));
  }

  @Test
  void aLossThatIsNotFiniteEndsAllRanksAlike(@TempDir Path temp) {
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        endings(2, c -> withoutNorms(temp.resolve("run")).with("learning.rate.base", "1e20"));
    for (MemoryRanks.Ending<?> ending : endings) {
      assertThat(failure(ending))
          .isInstanceOf(DivergedException.class)
          .hasMessage(failure(endings.get(0)).getMessage());
    }
  }

  @Test
  void aRankThatFailsEndsTheOthersWithItsReason(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    Path folder = temp.resolve("run");
    train(3, withNorms(whole));
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            3, c -> train(c, withNorms(folder).with("output.save_every", "2steps"), failing(c)));
    assertThat(failure(endings.get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a fault in a listener");
    for (int r : List.of(0, 2)) {
      assertThat(failure(endings.get(r)))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("rank 1 ended: IllegalStateException: a fault in a listener");
    }
    train(3, TinyRun.resumed(folder));
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
  }

  @Test
  void aStateThatRank0CannotWriteEndsAll(@TempDir Path temp) {
    Path folder = temp.resolve("run");
    Path state = new RunFolder(folder).state();
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            2,
            c ->
                train(
                    c,
                    withNorms(folder),
                    e -> {
                      if (c.rank() == 0 && e instanceof TrainEvent.StepDone s && s.step() == 2) {
                        block(state);
                      }
                    }));
    assertThat(failure(endings.get(0))).isInstanceOf(CheckpointException.class);
    assertThat(failure(endings.get(1)))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 0: CheckpointException: ")
        .hasMessageContaining(state.getFileName().toString());
  }

  // Nothing can replace a folder that is not empty.
  private static void block(Path file) {
    try {
      Files.delete(file);
      Files.createDirectories(file.resolve("inside"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TrainListener failing(Collective on) {
    return e -> {
      if (on.rank() == 1 && e instanceof TrainEvent.StepDone s && s.step() == 5) {
        throw new IllegalStateException("a fault in a listener");
      }
    };
  }

  @Test
  void imagesThatOneRankCannotLoadEndAllAndTheStateIsSaved(@TempDir Path temp) throws IOException {
    Path data = LoadingFailureTest.images(temp.resolve("data"));
    Path whole = temp.resolve("whole");
    // Rank 0 has a copy of its own.
    Path copy = LoadingFailureTest.images(temp.resolve("copy"));
    train(2, images(whole, copy));
    Path folder = temp.resolve("run");
    Path away = temp.resolve("away");
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            2,
            c ->
                train(
                    c,
                    images(folder, c.rank() == 0 ? copy : data),
                    e -> {
                      if (c.rank() == 1 && e instanceof TrainEvent.StepDone s && s.step() == 3) {
                        LoadingFailureTest.move(data.resolve("train"), away);
                      }
                    }));
    // If its loader is ahead of the step, the other rank is told of the image in time.
    assertThat(failure(endings.get(1))).isInstanceOf(DataException.class);
    assertThat(failure(endings.get(0)))
        .isInstanceOfAny(CollectiveException.class, DataException.class)
        .hasMessageContaining("of the 128 images");
    LoadingFailureTest.move(away, data.resolve("train"));
    train(2, TinyRun.resumed(folder));
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(folder)).isEqualTo(TinyRun.rows(whole));
  }

  private static RunConfig images(Path run, Path data) {
    return TinyRun.in(run)
        .with("data.source", data.toString())
        .with("data.memory_mib", "0")
        .with("data.bad_fraction", "0");
  }

  private static List<TrainEvent> train(
      Collective collective, RunConfig config, TrainListener listener) {
    List<TrainEvent> events = new ArrayList<>();
    try (Trainer trainer =
        Trainer.open(
            config, new OneDnnBackend(), Additions.NONE, collective, events::add, listener)) {
      trainer.run();
      return events;
    }
  }
}
