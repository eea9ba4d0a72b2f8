package dev.fovea.train;

import static dev.fovea.train.RankRuns.failure;
import static dev.fovea.train.RankRuns.train;
import static dev.fovea.train.RankRuns.withNorms;
import static dev.fovea.train.RankRuns.withoutNorms;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.MemoryRanks;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import dev.fovea.data.image.DataException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails on one of several ranks, or differs between them, ends all of them, and is named. */
class RankFailuresTest {
  private static Consumer<Trainer> only(int rank, Collective on, Consumer<Trainer> what) {
    return on.rank() == rank ? what : trainer -> {};
  }

  private static void fault() {
    throw new IllegalStateException("a fault in a listener");
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
        MemoryRanks.endings(
            2,
            c -> {
              RunConfig config = withNorms(folder);
              return train(c, c.rank() == 1 ? config.with(key, value) : config);
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
  void ranksOfAnotherVersionOrEngineOrWithOtherInstructionsAreRefused(@TempDir Path temp) {
    RunConfig config = TrainingSetup.resolve(withNorms(temp.resolve("run")), new OneDnnBackend());
    List<MemoryRanks.Ending<RunConfig>> endings =
        MemoryRanks.endings(
            3,
            c -> {
              try (Ranks ranks = Ranks.of(c)) {
                return Agreement.on(
                    config,
                    new Agreement.Computer(
                        "Fovea " + c.rank() / 2, "engine " + c.rank(), "AVX" + c.rank() % 2),
                    ranks);
              }
            });
    for (MemoryRanks.Ending<?> ending : endings) {
      assertThat(failure(ending))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("the program is 'Fovea 1' on rank 2 and 'Fovea 0' on rank 0")
          .hasMessageContaining("the machine is 'AVX1' on rank 1 and 'AVX0' on rank 0")
          .hasMessageContaining("the engine is 'engine 1' on rank 1 and 'engine 0' on rank 0");
    }
  }

  // A setting that only the other version has cannot even be read.
  @Test
  void anotherVersionIsNamedBeforeItsSettings(@TempDir Path temp) {
    RunConfig config = TrainingSetup.resolve(withNorms(temp.resolve("run")), new OneDnnBackend());
    List<MemoryRanks.Ending<RunConfig>> endings =
        MemoryRanks.endings(
            2,
            c -> {
              try (Ranks ranks = Ranks.of(c)) {
                if (c.rank() == 0) {
                  return Agreement.on(
                      config, new Agreement.Computer("Fovea 1", "engine", "AVX2"), ranks);
                }
                ranks.texts(
                    () ->
                        JsonTree.compact(
                            Map.of(
                                "the program",
                                "Fovea 2",
                                "config",
                                "{\"learning\": {\"of_tomorrow\": 1}}")));
                return config;
              }
            });
    assertThat(failure(endings.get(0)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("program is 'Fovea 2' on rank 1 and 'Fovea 1' on rank 0");
  }

  @Test
  void aBatchThatTheRanksDoNotDivideIsRefused(@TempDir Path temp) {
    MemoryRanks.endings(5, c -> train(c, withNorms(temp.resolve("run"))))
        .forEach(
            ending ->
                assertThat(failure(ending))
                    .hasMessageContaining("cannot be divided by 5 ranks: set it to 10 or 15"));
  }

  @Test
  void aLossThatIsNotFiniteEndsAllRanksAlike(@TempDir Path temp) {
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            2, c -> train(c, withoutNorms(temp.resolve("run")).with("learning.rate.base", "1e20")));
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
            3,
            c ->
                train(
                    c,
                    withNorms(folder).with("output.save_every", "2steps"),
                    5,
                    only(1, c, trainer -> fault())));
    assertThat(failure(endings.get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a fault in a listener");
    for (int r : List.of(0, 2)) {
      assertThat(failure(endings.get(r)))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("rank 1 failed: IllegalStateException: a fault in a listener");
    }
    train(3, TinyRun.resumed(folder));
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
  }

  @ParameterizedTest
  @ValueSource(floats = {0.5f, Float.NaN})
  void ranksWithDifferentWeightsSaveNothing(float value, @TempDir Path temp) throws IOException {
    Path folder = temp.resolve("run");
    RunFolder files = new RunFolder(folder);
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            3,
            c ->
                train(
                    c,
                    withNorms(folder),
                    TinyRun.STEPS_PER_EPOCH,
                    only(1, c, trainer -> spoil(trainer.weights(), value))));
    for (MemoryRanks.Ending<?> ending : endings) {
      assertThat(failure(ending))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("after step 10 the weights or optimizer states of rank 1 differ")
          .hasMessageContaining("nothing was saved");
    }
    assertThat(files.model()).doesNotExist();
    train(3, TinyRun.resumed(folder));
    Path whole = temp.resolve("whole");
    train(3, withNorms(whole));
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
  }

  private static void spoil(ParameterSet weights, float value) {
    String name = weights.specs().get(0).name();
    float[] values = weights.read(name);
    values[0] = value;
    weights.write(name, values);
  }

  @Test
  void aThreadThatIsInterruptedEndsTheOtherRanksAtOnce(@TempDir Path temp) {
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            2,
            c ->
                train(
                    c,
                    withNorms(temp.resolve("run")),
                    3,
                    only(1, c, trainer -> Thread.currentThread().interrupt())));
    assertThat(failure(endings.get(1))).hasMessageContaining("interrupted");
    assertThat(failure(endings.get(0)))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 1")
        .hasMessageContaining("interrupted");
  }

  @Test
  void aStateThatRank0CannotWriteEndsAll(@TempDir Path temp) {
    Path folder = temp.resolve("run");
    Path state = new RunFolder(folder).state();
    List<MemoryRanks.Ending<List<TrainEvent>>> endings =
        MemoryRanks.endings(
            2, c -> train(c, withNorms(folder), 2, only(0, c, trainer -> block(state))));
    assertThat(failure(endings.get(0))).isInstanceOf(CheckpointException.class);
    assertThat(failure(endings.get(1)))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 0: ")
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
                    3,
                    only(1, c, trainer -> LoadingFailureTest.move(data.resolve("train"), away))));
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
        .with("network.model", "resnet8")
        .with("data.source", data.toString())
        .with("data.memory_mib", "0")
        .with("data.bad_fraction", "0");
  }
}
