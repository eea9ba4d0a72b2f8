package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsBf16;
import dev.fovea.train.TrainResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs with fast convolutions end in the same bytes: run again, stopped at any kind of step, and
 * killed. The network is wide enough for fast convolutions, on maps of 8, 4 and 2 pixels.
 *
 * <p>{@code -Dfovea.kills=20} kills twenty times, {@code -Dfovea.kills.seed} at other moments.
 */
class FastConvolutionResumeTest {
  private static final int KILLS = Integer.getInteger("fovea.kills", 2);

  private static RunConfig in(Path folder, String precision, String threads) {
    return TinyRun.in(folder)
        .with("network.model", "resnet9(width=32)")
        .with("engine.convolution", "fast")
        .with("engine.precision", precision)
        .with("engine.threads", threads);
  }

  private static RunConfig in(Path folder, String precision) {
    return in(folder, precision, TinyRun.THREADS);
  }

  private static void same(Path got, Path expected) throws IOException {
    assertThat(TinyRun.rows(got)).isEqualTo(TinyRun.rows(expected));
    assertThat(Files.mismatch(new RunFolder(got).model(), new RunFolder(expected).model()))
        .as("the first byte in which the model files differ")
        .isEqualTo(-1);
  }

  // The steps: the first, the last of an epoch, one within an epoch, the last.
  private static void stops(Path temp, String precision) throws IOException {
    Path whole = temp.resolve("whole");
    TinyRun.run(in(whole, precision));
    for (long step : new long[] {1, 10, 17, 20}) {
      Path part = temp.resolve("stopped at " + step);
      assertThat(TinyRun.runUntil(in(part, precision), step).outcome())
          .isEqualTo(Outcome.INTERRUPTED);
      TrainResult finished = TinyRun.run(TinyRun.resumed(part));
      assertThat(finished.outcome()).isEqualTo(Outcome.FINISHED);
      same(part, whole);
    }
  }

  @Test
  void aRunStoppedAtAStepEndsInTheSameBytes(@TempDir Path temp) throws IOException {
    stops(temp, "f32");
  }

  @NeedsBf16
  @Test
  void aRunInBf16StoppedAtAStepEndsInTheSameBytes(@TempDir Path temp) throws IOException {
    stops(temp, "bf16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "3"})
  void aRunEndsInTheSameBytesAgainOnAsManyThreads(String threads, @TempDir Path temp)
      throws IOException {
    for (String run : new String[] {"one", "other"}) {
      TinyRun.run(in(temp.resolve(run), "f32", threads).with("learning.length", "1epochs"));
    }
    same(temp.resolve("other"), temp.resolve("one"));
  }

  /** Trains or resumes in the folder given, printing every step. */
  public static final class Child {
    private Child() {}

    /** Saves every other step, so that kills also hit the saving. */
    public static void main(String[] args) {
      Path folder = Path.of(args[0]);
      boolean resume = Files.exists(new RunFolder(folder).state());
      TinyRun.run(
          resume
              ? TinyRun.resumed(folder)
              : in(folder, args[1]).with("output.save_every", "2steps"),
          e -> {
            if (e instanceof TrainEvent.StepDone s) {
              System.out.println("step " + s.step());
            }
          });
    }
  }

  @Test
  void aRunKilledAtAnyMomentEndsInTheSameBytes(@TempDir Path temp) throws Exception {
    kills(temp, "f32");
  }

  @NeedsBf16
  @Test
  void aRunInBf16KilledAtAnyMomentEndsInTheSameBytes(@TempDir Path temp) throws Exception {
    kills(temp, "bf16");
  }

  // A run of twenty steps is over after a few kills: then the next one begins.
  private static void kills(Path temp, String precision) throws Exception {
    Path whole = temp.resolve("whole");
    TinyRun.run(in(whole, precision));
    SplittableRandom random = new SplittableRandom(Long.getLong("fovea.kills.seed", 9));
    int killed = 0;
    for (int run = 0; killed < KILLS; run++) {
      Path folder = temp.resolve("run " + run);
      for (int i = 0; i < 4 && killed < KILLS; i++) {
        Process child = start(folder, precision);
        int steps = random.nextInt(1, 6);
        for (int s = 0; s < steps && child.inputReader().readLine() != null; s++) {
          Thread.onSpinWait();
        }
        Thread.sleep(random.nextInt(60));
        boolean running = child.isAlive();
        child.destroyForcibly().waitFor();
        killed += running ? 1 : 0;
      }
      assertThat(start(folder, precision).waitFor()).isZero();
      same(folder, whole);
    }
  }

  private static Process start(Path folder, String precision) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-Dfovea.test.threads=" + TinyRun.THREADS,
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            folder.toString(),
            precision)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
