package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Prediction;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.train.TrainResult.Outcome;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

  @Test
  void aRunLearnsAndLeavesFilesThatPredict(@TempDir Path temp) throws IOException {
    Path data = darkAndBright(temp.resolve("data"), 64);
    RunConfig config =
        TinyRun.in(temp.resolve("run"))
            .with("data.source", data.toString())
            .with("learning.length", "6epochs");
    List<TrainEvent> events = new ArrayList<>();
    TrainResult result = TinyRun.run(config, events::add);
    assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(result.step()).isEqualTo(48);
    assertThat(result.history().get(5).train().loss())
        .isLessThan(result.history().get(0).train().loss() / 2);
    assertThat(result.history().get(0).evaluated().top1()).isLessThan(result.bestTop1());
    assertThat(result.bestTop1()).isGreaterThan(0.9);
    assertThat(events.get(0)).isInstanceOf(TrainEvent.RunStarted.class);
    assertThat(events.stream().filter(TrainEvent.StepDone.class::isInstance)).hasSize(48);
    assertThat(events.stream().filter(TrainEvent.EpochDone.class::isInstance)).hasSize(6);
    assertThat(events.get(events.size() - 1)).isEqualTo(new TrainEvent.RunFinished(result));
    List<String> csv = Files.readAllLines(result.folder().metrics());
    assertThat(csv).hasSize(7).first().isEqualTo(EpochRow.HEADER);
    assertThat(csv.get(3)).startsWith("3,24,").matches("(?:[-0-9.E]+,){8}[0-9.]+");
    assertThat(RunConfig.ofRun(result.folder()).learning()).isEqualTo(config.learning());
    checkModel(result, data);
  }

  private static void checkModel(TrainResult result, Path data) {
    try (Dataset val = Datasets.open(data, Split.VAL);
        CompiledModel classifier =
            CompiledModel.open(
                result.model(),
                new OneDnnBackend(),
                new CompileOptions(16, Precision.F32, CompileOptions.Memory.NORMAL, 1))) {
      assertThat(classifier.card().classes()).isEqualTo(val.classes());
      assertThat(classifier.card().data().source()).isEqualTo(data.toString());
      assertThat(RunConfig.ofModel(classifier.card()).learning().batch()).isEqualTo(16);
      int right = 0;
      for (int i = 0; i < val.size(); i++) {
        Prediction p = classifier.predict(val.image(i));
        assertThat(p.guesses().stream().mapToDouble(Prediction.Guess::probability).sum())
            .isBetween(0.999999, 1.000001);
        right += p.best().index() == val.label(i) ? 1 : 0;
      }
      assertThat((double) right / val.size()).isEqualTo(classifier.card().metrics().get("top1"));
    }
  }

  /** Noisy images of two classes, so many of each in both splits. */
  private static Path darkAndBright(Path root, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    for (String split : List.of("train", "val")) {
      for (String name : List.of("bright", "dark")) {
        Path folder = Files.createDirectories(root.resolve(split).resolve(name));
        for (int i = 0; i < count; i++) {
          BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
          for (int p = 0; p < 64; p++) {
            int level = random.nextInt(120) + (name.equals("bright") ? 110 : 20);
            image.setRGB(p % 8, p / 8, level * 0x010101);
          }
          ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
        }
      }
    }
    return root;
  }

  @Test
  void aRunThatIsGivenATimeIsLaidOutInEpochsAndRemembersThem(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp).with("learning.length", "1minutes").with("output.max_time", "1s");
    List<TrainEvent> events = new ArrayList<>();
    TrainResult result = TinyRun.run(config, events::add);
    TrainEvent.RunStarted started = (TrainEvent.RunStarted) events.get(0);
    TrainingLength length = started.config().learning().length();
    assertThat(length.unit()).isEqualTo(TrainingLength.Unit.EPOCHS);
    assertThat(started.plan().totalSteps())
        .isEqualTo((long) length.count() * started.plan().stepsPerEpoch());
    assertThat(started.notes()).anyMatch(n -> n.contains(length.words() + " fit into 1 minute:"));
    assertThat(RunConfig.ofRun(result.folder()).learning().length()).isEqualTo(length);
  }

  @Test
  void aDivergedRunStopsAndKeepsTheLastGoodState(@TempDir Path temp) throws IOException {
    RunConfig config =
        TinyRun.in(temp)
            .with("learning.update.clipping.norm", "1e30")
            .with("learning.rate.schedule.name", "constant")
            .with("learning.rate.base", "1e25")
            .with("output.save_every", "1step");
    DivergedException e = catchThrowableOfType(DivergedException.class, () -> TinyRun.run(config));
    assertThat(e.step()).isBetween(1L, 10L);
    assertThat(e.rate()).isEqualTo(1e25);
    assertThat(e.files()).hasSize(16).allMatch(f -> f.startsWith("train/"));
    assertThat(e)
        .hasMessageContaining("learning rate")
        .hasMessageContaining("gradient norm")
        .hasMessageContaining(e.files().get(0));
    assertThat(temp.toFile().list()).doesNotContain(".last.safetensors.tmp");
  }

  @Test
  void theTimeLimitStopsAResumableRun(@TempDir Path temp) {
    RunConfig config =
        TinyRun.in(temp).with("learning.length", "100000steps").with("output.max_time", "1s");
    TrainResult result = TinyRun.run(config);
    assertThat(result.outcome()).isEqualTo(Outcome.TIME_UP);
    assertThat(result.resumable()).isTrue();
    assertThat(result.folder().state()).exists();
  }

  @Test
  void anotherModelsWeightsCanBeTheStart(@TempDir Path temp) {
    TrainResult first =
        TinyRun.run(TinyRun.in(temp.resolve("a")).with("learning.length", "1steps"));
    List<TrainEvent> events = new ArrayList<>();
    RunConfig config =
        TinyRun.in(temp.resolve("b"))
            .with("network.init", first.model().toString())
            .with("learning.length", "1steps");
    TinyRun.run(config, events::add);
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes()).isEmpty();
    RunConfig other =
        TinyRun.in(temp.resolve("c"))
            .with("network.init", first.model().toString())
            .with("network.model", "resnet32");
    assertThatThrownBy(() -> TinyRun.run(other))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("holds resnet20, whose weights do not fit resnet32")
        .hasMessageContaining("network.model to resnet20");
    assertThat(temp.resolve("c")).doesNotExist();
  }

  @Test
  void whatCannotStartLeavesNoFolder(@TempDir Path temp) {
    Path folder = temp.resolve("run");
    assertThatThrownBy(
            () ->
                TinyRun.run(
                    TinyRun.in(folder).with("data.source", temp.resolve("none").toString())))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> TinyRun.run(TinyRun.in(folder).with("data.source", "")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("data.source");
    assertThatThrownBy(() -> TinyRun.run(TinyRun.in(folder).with("learning.batch", "161")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("only 160 images");
    assertThat(folder).doesNotExist();
  }

  @Test
  void aBrokenImageIsReportedAndLeftOut(@TempDir Path temp) throws IOException {
    darkAndBright(temp.resolve("data"), 20);
    Path broken = temp.resolve("data/train/bright/7.png");
    byte[] bytes = Files.readAllBytes(broken);
    Files.write(broken, Arrays.copyOf(bytes, bytes.length - 20));
    List<TrainEvent> events = new ArrayList<>();
    RunConfig config =
        TinyRun.in(temp.resolve("run"))
            .with("data.source", temp.resolve("data").toString())
            .with("data.bad_fraction", "0.1")
            .with("learning.length", "1epochs");
    TrainResult result = TinyRun.run(config, events::add);
    assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(
            events.stream()
                .filter(TrainEvent.BadImages.class::isInstance)
                .map(TrainEvent.BadImages.class::cast))
        .singleElement()
        .satisfies(
            e ->
                assertThat(e.images())
                    .singleElement()
                    .satisfies(b -> assertThat(b.name()).endsWith("7.png")));
    RunConfig strict =
        TinyRun.in(temp.resolve("strict"))
            .with("data.source", temp.resolve("data").toString())
            .with("data.bad_fraction", "0");
    assertThatThrownBy(() -> TinyRun.run(strict))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("7.png");
  }
}
