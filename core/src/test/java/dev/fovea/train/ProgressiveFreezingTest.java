package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.onednn.OneDnnBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that freeze parts of the network on their way. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProgressiveFreezingTest {
  private static final int EPOCHS = 4;

  private final List<TrainEvent> events = new ArrayList<>();
  private byte[] uninterrupted = {};
  private List<String> rows = List.of();
  private Map<String, float[]> end = Map.of();

  // Returns of Lookahead that no end of an epoch coincides with, and momentum left behind.
  private static RunConfig freezing(Path folder) {
    return TinyRun.in(folder)
        .with("learning.length", EPOCHS + "epochs")
        .with("learning.update.lookahead.every", "7")
        .with("learning.update.groups.freeze_at", "conv1:30% bn1:30% layer1:50%");
  }

  @BeforeAll
  void runOnceWithoutInterruption(@TempDir Path whole) throws IOException {
    TinyRun.run(freezing(whole), events::add);
    uninterrupted = TinyRun.model(whole);
    rows = TinyRun.rows(whole);
    end = state(whole);
  }

  private static Map<String, float[]> state(Path folder) {
    Map<String, float[]> all = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(new RunFolder(folder).state())) {
      file.entries().keySet().forEach(name -> all.put(name, file.floats(name)));
    }
    return all;
  }

  private static float[] of(Map<String, float[]> state, String name) {
    return Objects.requireNonNull(state.get(name), name);
  }

  @Test
  void aRunTellsWhatItFreezesAndWhen() {
    assertThat(rows).hasSize(1 + EPOCHS);
    assertThat(events.stream().filter(e -> e instanceof TrainEvent.PartsFrozen))
        .containsExactly(
            new TrainEvent.PartsFrozen(2, List.of("conv1", "bn1")),
            new TrainEvent.PartsFrozen(3, List.of("layer1")));
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .contains("progressive freezing: conv1:30%, bn1:30%, layer1:50% of the epochs are trained");
  }

  @ParameterizedTest
  @ValueSource(longs = {10, 20})
  void whatIsFrozenStaysAsItWasAndTheRestMovesOn(long boundary, @TempDir Path part) {
    TinyRun.runUntil(freezing(part), boundary);
    Map<String, float[]> then = state(part);
    Set<String> frozen = boundary == 10 ? Set.of("conv1", "bn1") : Set.of("conv1", "bn1", "layer1");
    for (String name : then.keySet()) {
      boolean weight = name.startsWith("weights/") && !name.contains("num_batches");
      String module = name.substring(name.indexOf('/') + 1).split("\\.")[0];
      if (weight && frozen.contains(module)) {
        assertThat(of(end, name)).as(name).isEqualTo(of(then, name));
      } else if (weight) {
        assertThat(of(end, name)).as(name).isNotEqualTo(of(then, name));
      }
    }
    // The slow weights have followed, so that no return moves what is frozen.
    assertThat(of(end, "slow/conv1.weight")).isEqualTo(of(end, "weights/conv1.weight"));
    assertThat(of(end, "slow/bn1.running_var")).isEqualTo(of(end, "weights/bn1.running_var"));
    assertThat(of(end, "momentum/layer1.0.conv1.weight"))
        .hasSameSizeAs(of(then, "momentum/layer1.0.conv1.weight"));
  }

  // Within each stage, at the last step of each, and where the next has just begun.
  @ParameterizedTest
  @ValueSource(longs = {5, 10, 11, 20, 21, 40})
  void aRunStoppedAtAnyStageEndsInTheSameBytes(long step, @TempDir Path part) throws IOException {
    TinyRun.runUntil(freezing(part), step);
    TinyRun.run(TinyRun.resumed(part));
    assertThat(TinyRun.model(part)).isEqualTo(uninterrupted);
    assertThat(TinyRun.rows(part)).isEqualTo(rows);
  }

  @Test
  void imagesMayGrowWhilePartsFreeze(@TempDir Path temp) throws IOException {
    List<TrainEvent> seen = new ArrayList<>();
    Path whole = temp.resolve("whole");
    TinyRun.run(freezing(whole).with("network.progressive", "4:50%"), seen::add);
    assertThat(seen.stream().filter(e -> e instanceof TrainEvent.Resized))
        .containsExactly(new TrainEvent.Resized(3, 8));
    assertThat(seen.stream().filter(e -> e instanceof TrainEvent.PartsFrozen)).hasSize(2);
    Path part = temp.resolve("part");
    TinyRun.runUntil(freezing(part).with("network.progressive", "4:50%"), 25);
    TinyRun.run(TinyRun.resumed(part));
    assertThat(TinyRun.model(part)).isEqualTo(TinyRun.model(whole));
  }

  // The bias of the whitening layer alone, then a group whose norms and activations are recomputed.
  @ParameterizedTest
  @ValueSource(strings = {"airbench94(width=8)", "airbench96(width=4)"})
  void littleMemoryFreezesToTheSameBytes(String network, @TempDir Path temp) throws IOException {
    List<byte[]> models = new ArrayList<>();
    for (String memory : List.of("normal", "low")) {
      Path folder = temp.resolve(memory);
      TinyRun.run(
          TinyRun.in(folder)
              .with("learning.length", "3epochs")
              .with("network.model", network)
              .with("network.input", "16")
              .with("learning.update.optimizer.name", "muon")
              .with("learning.update.groups.freeze_at", "whiten.bias:30% layers.1:60%")
              .with("engine.memory", memory));
      Map<String, float[]> weights = new HashMap<>();
      try (SafetensorsFile file = SafetensorsFile.open(new RunFolder(folder).model())) {
        file.entries().keySet().forEach(name -> weights.put(name, file.floats(name)));
      }
      models.add(bytes(weights));
    }
    assertThat(models.get(1)).isEqualTo(models.get(0));
  }

  private static byte[] bytes(Map<String, float[]> weights) {
    java.nio.ByteBuffer all =
        java.nio.ByteBuffer.allocate(4 * weights.values().stream().mapToInt(w -> w.length).sum());
    new java.util.TreeMap<>(weights)
        .values()
        .forEach(
            w -> {
              for (float v : w) {
                all.putFloat(v);
              }
            });
    return all.array();
  }

  @Test
  void aRunOfOneEpochFreezesNothing(@TempDir Path temp) throws IOException {
    Path plain = temp.resolve("plain");
    TinyRun.run(TinyRun.in(plain).with("learning.length", "1epochs"));
    Path freezing = temp.resolve("freezing");
    TinyRun.run(
        TinyRun.in(freezing)
            .with("learning.length", "1epochs")
            .with("learning.update.groups.freeze_at", "layer1:5%"));
    assertThat(TinyRun.rows(freezing)).isEqualTo(TinyRun.rows(plain));
  }

  @Test
  void aTimeIsFilledWithEpochsOfAllStages(@TempDir Path temp) {
    RunConfig config = freezing(temp).with("learning.length", "1minutes");
    DryRun r = DryRun.of(config, new OneDnnBackend());
    assertThat(r.notes()).anyMatch(n -> n.contains("fit into 1 minute"));
  }

  @Test
  void aRunThatWouldFreezeEverythingIsRefusedBeforeTheFirstStep(@TempDir Path temp) {
    RunConfig config =
        freezing(temp)
            .with("learning.update.groups.freeze", "head")
            .with("learning.update.groups.freeze_at", "trunk:60%");
    assertThatThrownBy(() -> TinyRun.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("learning.update.groups.freeze_at together cover all parameters")
        .hasMessageContaining("from epoch 3 of 4 on");
    assertThatThrownBy(
            () -> TinyRun.run(config.with("learning.update.groups.freeze_at", "layer9:60%")))
        .hasMessageContaining("freeze_at: no parameter of this network matches 'layer9'");
    assertThat(temp.toFile().list()).isNullOrEmpty();
  }
}
