package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.NeedsBf16;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.train.TrainResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResumeTest {
  private static final int KILLS = Integer.getInteger("fovea.kills", 2);

  private byte[] uninterrupted = {};
  private List<String> rows = List.of();
  private Path stopped = Path.of("");

  @BeforeAll
  void runOnceWithoutInterruptionAndOnceWith(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    TinyRun.run(TinyRun.in(whole));
    uninterrupted = TinyRun.model(whole);
    rows = TinyRun.rows(whole);
    stopped = temp.resolve("stopped");
    TinyRun.runUntil(TinyRun.in(stopped), 1);
  }

  // The steps: the first, the last of an epoch, one within an epoch, the last.
  @ParameterizedTest
  @ValueSource(longs = {1, 10, 17, 20})
  void aRunStoppedAtAStepEndsInTheSameBytes(long step, @TempDir Path temp) throws IOException {
    TrainResult first = TinyRun.runUntil(TinyRun.in(temp), step);
    assertThat(first.outcome()).isEqualTo(Outcome.INTERRUPTED);
    assertThat(first.step()).isEqualTo(step);
    TrainResult finished = TinyRun.run(TinyRun.resumed(temp));
    assertThat(finished.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(TinyRun.model(temp)).isEqualTo(uninterrupted);
    assertThat(TinyRun.rows(temp)).isEqualTo(rows);
  }

  @Test
  void aRunThatMixesItsImagesEndsInTheSameBytes(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("mixed");
    TinyRun.run(TinyRun.in(whole).with("data.augment", "cifar-modern"));
    Path part = temp.resolve("part");
    TinyRun.runUntil(TinyRun.in(part).with("data.augment", "cifar-modern"), 13);
    TinyRun.run(TinyRun.resumed(part));
    assertThat(TinyRun.model(part)).isEqualTo(TinyRun.model(whole)).isNotEqualTo(uninterrupted);
    assertThat(TinyRun.rows(part)).isEqualTo(TinyRun.rows(whole));
  }

  @NeedsBf16
  @Test
  void aRunInBf16StoppedWithinAnEpochEndsInTheSameBytes(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    Path parts = temp.resolve("parts");
    TinyRun.run(TinyRun.in(whole).with("engine.precision", "bf16"));
    TinyRun.runUntil(TinyRun.in(parts).with("engine.precision", "bf16"), 7);
    assertThat(TinyRun.run(TinyRun.resumed(parts)).outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(TinyRun.model(parts))
        .isEqualTo(TinyRun.model(whole))
        .as("the same as in f32")
        .isNotEqualTo(uninterrupted);
    assertThat(TinyRun.rows(parts)).isEqualTo(TinyRun.rows(whole)).isNotEqualTo(rows);
  }

  @Test
  void aFinishedRunStaysAsItIs(@TempDir Path temp) throws IOException {
    TinyRun.run(TinyRun.in(temp).with("learning.length", "1epochs"));
    byte[] model = TinyRun.model(temp);
    List<TrainEvent> events = new ArrayList<>();
    TrainResult again = TinyRun.run(TinyRun.resumed(temp), events::add);
    assertThat(again.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(events).hasSize(2);
    assertThat(again.history()).hasSize(1);
    assertThat(TinyRun.model(temp)).isEqualTo(model);
  }

  /** Trains or resumes in the folder given, printing every step. */
  public static final class Child {
    private Child() {}

    /** Saves every other step, so that kills also hit the saving. */
    public static void main(String[] args) {
      Path folder = Path.of(args[0]);
      boolean resume = Files.exists(new RunFolder(folder).state());
      RunConfig fresh =
          TinyRun.in(folder)
              .with("output.save_every", "2steps")
              .with("network.progressive", args[1])
              .with("output.evaluate_every", args[2]);
      RunConfig config = resume ? TinyRun.resumed(folder) : fresh;
      TinyRun.run(
          config,
          e -> {
            if (e instanceof TrainEvent.StepDone s) {
              System.out.println("step " + s.step());
            }
          });
    }
  }

  @Test
  void aRunKilledAtAnyMomentEndsInTheSameBytes(@TempDir Path temp) throws Exception {
    SplittableRandom random = new SplittableRandom(Long.getLong("fovea.kills.seed", 7));
    Path folder = temp.resolve("run");
    for (int kill = 0; kill < KILLS; kill++) {
      killAfter(start(folder, "none", "1"), random.nextInt(1, 12), random.nextInt(120));
    }
    assertThat(start(folder, "none", "1").waitFor()).isZero();
    assertThat(TinyRun.model(folder)).isEqualTo(uninterrupted);
    assertThat(TinyRun.rows(folder)).isEqualTo(rows);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            ".lock", "config.json", "last.safetensors", "metrics.csv", "model.safetensors");
  }

  @Test
  void aRunWhoseImagesGrowIsKilledAndEndsInTheSameBytes(@TempDir Path temp) throws Exception {
    Path whole = temp.resolve("whole");
    TinyRun.run(
        TinyRun.in(whole).with("network.progressive", "4:50%").with("output.evaluate_every", "2"));
    SplittableRandom random = new SplittableRandom(Long.getLong("fovea.kills.seed", 8));
    Path folder = temp.resolve("run");
    // The first kill lies about the tenth step, where the images grow.
    killAfter(start(folder, "4:50%", "2"), random.nextInt(8, 11), random.nextInt(300));
    assertThat(start(folder, "4:50%", "2").waitFor()).isZero();
    assertThat(TinyRun.model(folder)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(folder)).isEqualTo(TinyRun.rows(whole));
  }

  private static Process start(Path folder, String progressive, String evaluateEvery)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-Xmx512m",
            "-Dfovea.test.threads=" + TinyRun.THREADS,
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            folder.toString(),
            progressive,
            evaluateEvery)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void killAfter(Process child, int steps, int millis) throws Exception {
    for (int i = 0; i < steps && child.inputReader().readLine() != null; i++) {
      Thread.onSpinWait();
    }
    Thread.sleep(millis);
    child.destroyForcibly().waitFor();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learning.batch                     | 8        | learning.batch is '8', was '16'",
        "learning.length                    | 3epochs  | learning.length is '3epochs', was"
            + " '2epochs'",
        "learning.rate.base                 | 0.06     | learning.rate.base is '0.06', was '0.05'",
        "learning.update.optimizer.momentum | 0.8      | learning.update.optimizer.momentum",
        "network.model                      | resnet32 | network.model is 'resnet32', was"
            + " 'resnet20'",
        "engine.seed                        | 1        | engine.seed is '1', was '0'",
        "engine.convolution                 | direct   | engine.convolution is 'direct', was"
            + " 'auto'",
        "engine.threads                     | 3        | engine.threads is '3'",
        "data.source | shapes(size=8,count=160,val=40,seed=5) | the data of the run",
      })
  void anythingThatChangesTheResultIsRefusedByName(String key, String value, String reason) {
    RunConfig changed = TinyRun.resumed(stopped).with(key, value);
    assertThatThrownBy(() -> TinyRun.run(changed))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void theDataMayLieElsewhereAsLongAsItIsTheSame() {
    RunConfig moved =
        TinyRun.resumed(stopped)
            .with("data.source", TinyRun.DATA.replace("count=160,val=40", "val=40,count=160"));
    try (Trainer trainer = Trainer.open(moved, new OneDnnBackend())) {
      assertThat(trainer.config().data().source()).contains("val=40,count=160");
    }
  }

  @Test
  void aDamagedStateIsRefused(@TempDir Path temp) throws IOException {
    TinyRun.runUntil(TinyRun.in(temp), 1);
    Path state = new RunFolder(temp).state();
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    RunConfig config = TinyRun.resumed(temp);
    assertThatThrownBy(() -> TinyRun.run(config))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("last.safetensors")
        .hasMessageContaining("altered");
  }

  @Test
  void aNewRunNeverOverwritesAnOldOne() {
    RunConfig config = TinyRun.in(stopped);
    assertThatThrownBy(() -> TinyRun.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("already holds a run");
  }

  @Test
  void twoRunsInOneFolderAreRefused() {
    try (Trainer first = Trainer.open(TinyRun.resumed(stopped), new OneDnnBackend())) {
      assertThat(first.folder().path()).isEqualTo(stopped);
      RunConfig config = TinyRun.resumed(stopped);
      assertThatThrownBy(() -> TinyRun.run(config))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid());
    }
  }
}
