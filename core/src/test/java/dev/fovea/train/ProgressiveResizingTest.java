package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.TrainingLength;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProgressiveResizingTest {
  private static final int FULL = 8;
  private static final int EPOCHS = 4;

  private final List<TrainEvent> events = new ArrayList<>();
  private byte[] uninterrupted = {};
  private List<String> rows = List.of();

  private static RunConfig growing(Path folder) {
    return TinyRun.in(folder)
        .with("learning.length", EPOCHS + "epochs")
        .with("network.progressive", "4:30%,6:50%");
  }

  private static List<Integer> sides(String text, int epochs) {
    ProgressiveResizing p = ProgressiveResizing.parse(text);
    return IntStream.range(0, epochs).mapToObj(e -> p.side(e, epochs, FULL)).toList();
  }

  @Test
  void sizesChangeAtTheNearestEndOfAnEpochAndTheLastEpochHasTheNetworks() {
    assertThat(sides("none", 2)).containsExactly(8, 8);
    assertThat(sides("4:50%", 4)).containsExactly(4, 4, 8, 8);
    assertThat(sides("4:50%", 3)).containsExactly(4, 4, 8);
    assertThat(sides("4:30%,6:50%", 4)).containsExactly(4, 6, 8, 8);
    assertThat(sides("4:99%", 3)).containsExactly(4, 4, 8);
    assertThat(sides("4:99%", 1)).containsExactly(8);
    assertThat(sides("4:10%", 2)).containsExactly(8, 8);
  }

  @Test
  void aRunCostsTheSumOfItsEpochs() {
    ProgressiveResizing p = ProgressiveResizing.parse("4:50%");
    assertThat(p.cost(0, 4, FULL, side -> side * side)).isEqualTo(16 + 16 + 64 + 64);
    assertThat(p.cost(3, 4, FULL, side -> side * side)).isEqualTo(64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "24:50%", "128:40%,192:70.5%", "24:0.0000001%"})
  void itsTextIsReadBack(String text) {
    assertThat(ProgressiveResizing.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "24            | write for example 24:50%",
        "24:half       | write for example 24:50%",
        "24:50         | write for example 24:50%",
        "0:50%         | at least 1 pixel",
        "24:0%         | between 0 and 100 %",
        "24:100%       | write for example 24:50%",
        "24:50%,28:40% | 28:40% must be larger and end later than the stage before it, 24:50%",
        "24:50%,20:60% | 20:60% must be larger and end later than the stage before it, 24:50%",
      })
  void whatCannotBeIsRefused(String text, String reason) {
    assertThatThrownBy(() -> ProgressiveResizing.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(reason);
  }

  @BeforeAll
  void runOnceWithoutInterruption(@TempDir Path whole) throws IOException {
    TinyRun.run(growing(whole), events::add);
    uninterrupted = TinyRun.model(whole);
    rows = TinyRun.rows(whole);
  }

  @Test
  void aRunTellsWhereItsImagesGrowAndEndsInTheNetworksSize() {
    assertThat(rows).hasSize(1 + EPOCHS);
    assertThat(events.stream().filter(e -> e instanceof TrainEvent.Resized))
        .containsExactly(new TrainEvent.Resized(2, 6), new TrainEvent.Resized(3, 8));
    TrainEvent.RunStarted start = (TrainEvent.RunStarted) events.get(0);
    assertThat(start.notes())
        .contains("progressive resizing: 4:30%,6:50% of the epochs, then 8 pixels");
  }

  // Within each size, at the last step of each, and where the next has just begun.
  @ParameterizedTest
  @ValueSource(longs = {5, 10, 11, 20, 21, 40})
  void aRunStoppedAtAnySizeEndsInTheSameBytes(long step, @TempDir Path part) throws IOException {
    TinyRun.runUntil(growing(part), step);
    TinyRun.run(TinyRun.resumed(part));
    assertThat(TinyRun.model(part)).isEqualTo(uninterrupted);
    assertThat(TinyRun.rows(part)).isEqualTo(rows);
  }

  @Test
  void theFirstSizeIsWhatTheFirstEpochLearnsFrom(@TempDir Path temp) throws IOException {
    Path plain = temp.resolve("plain");
    TinyRun.run(TinyRun.in(plain));
    Path small = temp.resolve("small");
    TinyRun.run(TinyRun.in(small).with("network.progressive", "4:50%"));
    assertThat(TinyRun.rows(small).get(1)).isNotEqualTo(TinyRun.rows(plain).get(1));
  }

  @Test
  void aTimeIsFilledWithEpochsOfAllSizes() {
    TrainingLength time = TrainingLength.parse("1minutes");
    ProgressiveResizing p = ProgressiveResizing.parse("4:50%");
    // 5 % are left for other things: 57 seconds.
    TrainingLength plain =
        EpochBudget.epochs(time, n -> ProgressiveResizing.NONE.cost(0, n, FULL, s -> s * s / 8.0));
    TrainingLength growing = EpochBudget.epochs(time, n -> p.cost(0, n, FULL, s -> s * s / 8.0));
    assertThat(plain).hasToString("7epochs");
    // Six of 2 seconds and five of 8, as one more would take 60.
    assertThat(growing).hasToString("11epochs");
    assertThat(EpochBudget.epochs(time, n -> 1000.0 * n)).hasToString("1epochs");
  }

  @Test
  void aDryRunFillsATimeWithBothSizes(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp).with("learning.length", "1minutes").with("network.progressive", "4:50%");
    DryRun r = DryRun.of(config, new OneDnnBackend());
    assertThat(r.config().learning().length().unit()).isEqualTo(TrainingLength.Unit.EPOCHS);
    assertThat(r.notes()).anyMatch(n -> n.contains("fit into 1 minute"));
    assertThat(r.plan().totalSteps())
        .isEqualTo((long) r.config().learning().length().count() * TinyRun.STEPS_PER_EPOCH);
  }

  @Test
  void aNetworkWhoseWeightsDependOnTheSizeIsRefusedBeforeTheFirstStep(@TempDir Path temp) {
    RunConfig config = growing(temp).with("network.model", "mlp");
    assertThatThrownBy(() -> TinyRun.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("fc1.weight of mlp depends on the image size")
        .hasMessageContaining("network.progressive to none");
    assertThat(temp.toFile().list()).isNullOrEmpty();
    RunConfig tooSmall =
        growing(temp).with("network.model", "inception_v3").with("network.input", "299");
    assertThatThrownBy(() -> TinyRun.run(tooSmall))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("inception_v3 cannot be built for images of 6 pixels");
    RunConfig tooLarge = growing(temp).with("network.progressive", "8:50%");
    assertThatThrownBy(() -> TinyRun.run(tooLarge))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("8:50% must be smaller than the 8 pixels of the network's input");
  }
}
