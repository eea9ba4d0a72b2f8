package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fovea.data.image.DataException;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose images vanish while they train. */
class LoadingFailureTest {
  private static final int PER_CLASS = 64;

  static Path images(Path root) throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    for (String part : List.of("train", "val")) {
      for (String name : List.of("bright", "dark")) {
        Path folder = Files.createDirectories(root.resolve(part).resolve(name));
        for (int i = 0; i < PER_CLASS; i++) {
          BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
          int base = name.equals("dark") ? 40 : 150;
          for (int p = 0; p < 64; p++) {
            image.setRGB(p % 8, p / 8, 0x010101 * (base + random.nextInt(60)));
          }
          ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
        }
      }
    }
    return root;
  }

  private static RunConfig config(Path run, Path data, int accumulate) {
    return TinyRun.in(run)
        .with("data.source", data.toString())
        .with("data.memory_mib", "0")
        .with("data.bad_fraction", "0")
        .with("learning.update.accumulate", String.valueOf(accumulate));
  }

  static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // A class of training images vanishes in the first epoch, or the validation images do.
  @ParameterizedTest
  @CsvSource({"train/dark, 1", "train/dark, 2", "train/bright, 3", "val/dark, 1"})
  void theStateIsSavedAndTheRunEndsInTheSameBytesOnceTheImagesAreBack(
      String vanished, int accumulate, @TempDir Path temp) throws IOException {
    Path data = images(temp.resolve("data"));
    Path whole = temp.resolve("whole");
    TinyRun.run(config(whole, data, accumulate));
    Path run = temp.resolve("run");
    Path away = temp.resolve("away");
    List<TrainEvent> events = new ArrayList<>();
    DataException e =
        catchThrowableOfType(
            DataException.class,
            () ->
                TinyRun.run(
                    config(run, data, accumulate),
                    event -> {
                      events.add(event);
                      if (event instanceof TrainEvent.StepDone s && s.step() == 1) {
                        move(data.resolve(vanished), away);
                      }
                    }));
    assertThat(e).hasMessageContaining(vanished);
    assertThat(events.get(events.size() - 2)).isInstanceOf(TrainEvent.Saved.class);
    TrainEvent.LoadingFailed failed = (TrainEvent.LoadingFailed) events.get(events.size() - 1);
    assertThat(failed.folder()).isEqualTo(run);
    assertThat(failed.step()).isPositive();
    move(away, data.resolve(vanished));
    List<TrainEvent> resumed = new ArrayList<>();
    TinyRun.run(TinyRun.resumed(run), resumed::add);
    assertThat(((TrainEvent.RunStarted) resumed.get(0)).plan().resumedAt())
        .isEqualTo(failed.step());
    assertThat(TinyRun.model(run)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(run)).isEqualTo(TinyRun.rows(whole));
  }

  @Test
  void whatABatchDidBeforeItsStepIsTakenBack(@TempDir Path temp) {
    try (ScratchRun run = ScratchRun.open(TinyRun.in(temp), new OneDnnBackend())) {
      ParameterSet weights = run.phase().program().weights();
      Map<String, float[]> before = run.phase().statistics();
      assertThat(before).isNotEmpty();
      run.gradients(0);
      assertThat(run.phase().statistics())
          .allSatisfy((name, values) -> assertThat(values).isNotEqualTo(before.get(name)));
      run.phase().restore(before);
      before.forEach((name, values) -> assertThat(weights.read(name)).isEqualTo(values));
    }
  }
}
