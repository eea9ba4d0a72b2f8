package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.eval.Evaluation;
import dev.fovea.finetune.FinetuneConfig.Stages;
import dev.fovea.finetune.FinetuneResult.Outcome;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.TrainEvent;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class FinetunerTest {
  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path trunk;
  private static Path whole;
  private static FinetuneResult result;
  private static final List<FinetuneEvent> EVENTS = new ArrayList<>();

  @BeforeAll
  static void tuneOnce() {
    trunk = Tuned.trunk(shared.resolve("trunk"));
    whole = shared.resolve("whole");
    result = Tuned.run(Tuned.config(trunk, whole), EVENTS::add);
  }

  private static ModelCard card(Path model) {
    try (ModelFile file = ModelFile.open(model)) {
      return file.card();
    }
  }

  private static void image(Path file, int seed) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, random.nextInt(1 << 24));
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  private Path photos(int... perClass) throws IOException {
    Path folder = temp.resolve("photos");
    int seed = 0;
    for (int k = 0; k < perClass.length; k++) {
      for (int i = 0; i < perClass[k]; i++) {
        image(folder.resolve("class" + k).resolve(i + ".png"), seed++);
      }
    }
    return folder;
  }

  @Test
  void bothStagesRunAndTheBetterByTheHeldBackImagesIsKept() {
    assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
    HeadFigures head = result.head().orElseThrow();
    assertThat(result.first().orElseThrow().images()).isEqualTo(40);
    assertThat(result.second().orElseThrow().images()).isEqualTo(40);
    double best = 0;
    for (FinetuneEvent e : EVENTS) {
      if (e instanceof FinetuneEvent.Training t && t.event() instanceof TrainEvent.EpochDone d) {
        best = Math.max(best, d.row().evaluated().top1());
      }
    }
    if (best > head.heldBackTop1()) {
      assertThat(result.kept()).isEqualTo(FinetuneResult.Kept.SECOND);
    } else if (best < head.heldBackTop1()) {
      assertThat(result.kept()).isEqualTo(FinetuneResult.Kept.FIRST);
    }
    assertThat(result.judgements().all()).hasSize(40);
  }

  @Test
  void theSecondStageBeginsWithTheHeadOfTheFirst() {
    // Without a step, the held-back images are answered as the first stage said.
    RunConfig training = RunConfig.ofRun(new FinetuneFolder(whole).training());
    assertThat(training.network().init()).endsWith("start.safetensors");
    assertThat(training.data().holdBack()).isEqualTo(FinetuneConfig.HOLD_BACK);
    FinalEvaluation start =
        FinalEvaluation.of(
                new FinetuneFolder(whole).start(),
                RunData.open(training, dev.fovea.data.source.Split.VAL),
                training,
                new OneDnnBackend(),
                () -> false)
            .orElseThrow();
    assertThat(start.evaluation().top1()).isEqualTo(result.head().orElseThrow().heldBackTop1());
  }

  @Test
  void theSecondStagesModelAnswersHeldBackImagesAsItsEpochSaid() {
    FinetuneFolder folder = new FinetuneFolder(whole);
    RunConfig training = RunConfig.ofRun(folder.training());
    double said = 0;
    for (FinetuneEvent e : EVENTS) {
      if (e instanceof FinetuneEvent.Training t
          && t.event() instanceof TrainEvent.EpochDone d
          && d.best()) {
        said = d.row().evaluated().top1();
      }
    }
    FinalEvaluation again =
        FinalEvaluation.of(
                folder.training().model(),
                RunData.open(training, dev.fovea.data.source.Split.VAL),
                training,
                new OneDnnBackend(),
                () -> false)
            .orElseThrow();
    assertThat(again.evaluation().top1()).isEqualTo(said);
  }

  @Test
  void theModelAnswersAsTheResultSaysAndKnowsItsClassesAndImages() {
    Evaluation said = result.evaluation().orElseThrow();
    ModelCard card = card(result.model());
    assertThat(card.classes()).isEqualTo(said.classes());
    assertThat(card.preprocessing()).isEqualTo(card(trunk).preprocessing());
    assertThat(card.metrics()).containsEntry("top1", said.top1());
    RunConfig evaluated = RunData.evaluating(card, "");
    assertThat(evaluated.data().holdBack()).isZero();
    FinalEvaluation again =
        FinalEvaluation.of(
                result.model(),
                RunData.open(evaluated, dev.fovea.data.source.Split.VAL),
                evaluated,
                new OneDnnBackend(),
                () -> false)
            .orElseThrow();
    assertThat(again.evaluation().confusion()).isEqualTo(said.confusion());
  }

  @Test
  void theHeldBackImagesAreTrainingImagesAndNeverValidationImages() {
    int trained = 0;
    int heldBack = 0;
    for (FinetuneEvent e : EVENTS) {
      if (e instanceof FinetuneEvent.Training t && t.event() instanceof TrainEvent.RunStarted s) {
        trained = s.trainImages();
        heldBack = s.valImages();
      }
    }
    assertThat(trained + heldBack).isEqualTo(160);
    assertThat(heldBack).isBetween(10, 24);
  }

  @Test
  void anInterruptionAnywhereChangesNoByteOfTheModel() throws IOException {
    Predicate<FinetuneEvent> features =
        e -> e instanceof FinetuneEvent.FeaturesComputed f && f.part().equals("validation");
    Predicate<FinetuneEvent> between = e -> e instanceof FinetuneEvent.HeadFitted;
    Predicate<FinetuneEvent> step =
        e ->
            e instanceof FinetuneEvent.Training t
                && t.event() instanceof TrainEvent.StepDone s
                && s.step() == 11;
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder);
    assertThat(Tuned.runUntil(config, features).outcome()).isEqualTo(Outcome.INTERRUPTED);
    assertThat(Tuned.runUntil(config, between).outcome()).isEqualTo(Outcome.INTERRUPTED);
    assertThat(new FinetuneFolder(folder).model()).exists();
    assertThat(Tuned.runUntil(config, step).outcome()).isEqualTo(Outcome.INTERRUPTED);
    FinetuneResult last = Tuned.run(config);
    assertThat(last.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(Tuned.model(folder)).isEqualTo(Tuned.model(whole));
    assertThat(last.first().orElseThrow().confusion())
        .isEqualTo(result.first().orElseThrow().confusion());
  }

  @Test
  void featuresAreNotComputedAgainWhenARunGoesOn() {
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder).with(Stages.HEAD);
    Tuned.runUntil(config, e -> e instanceof FinetuneEvent.HeadFitted);
    List<Integer> computed = new ArrayList<>();
    FinetuneResult again =
        Tuned.run(
            config,
            e -> {
              if (e instanceof FinetuneEvent.FeaturesComputed f) {
                computed.add(f.done());
              }
            });
    assertThat(computed).containsExactly(160, 40);
    assertThat(again.second()).isEmpty();
  }

  @Test
  void aDamagedFileOfFeaturesIsMadeAgain() throws IOException {
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder).with(Stages.HEAD);
    FinetuneResult before = Tuned.run(config);
    Path file = new FinetuneFolder(folder).features("training", 0);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 5] ^= 1;
    Files.write(file, bytes);
    FinetuneResult after = Tuned.run(config);
    assertThat(after.first().orElseThrow().confusion())
        .isEqualTo(before.first().orElseThrow().confusion());
  }

  @Test
  void otherSettingsInTheSameFolderAreRefusedByName() {
    FinetuneConfig config = Tuned.config(trunk, whole);
    assertThatThrownBy(() -> Tuned.run(config.with(config.run().with("engine.seed", "3"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.seed is '3', was '0'");
    assertThatThrownBy(() -> Tuned.run(config.withSeconds(7)))
        .hasMessageContaining("finetune.time");
  }

  @Test
  void anOnnxModelOfOursBringsItsPreprocessing() {
    Path onnx = temp.resolve("trunk.onnx");
    OnnxExport.write(trunk, OnnxExportOptions.STANDARD, onnx);
    FinetuneResult tuned = Tuned.run(Tuned.config(onnx, temp.resolve("run")).with(Stages.HEAD));
    FinetuneResult own = Tuned.run(Tuned.config(trunk, temp.resolve("own")).with(Stages.HEAD));
    assertThat(tuned.first().orElseThrow().top1()).isEqualTo(own.first().orElseThrow().top1());
    assertThat(card(tuned.model()).preprocessing()).isEqualTo(card(trunk).preprocessing());
  }

  @Test
  void aSingleClassIsRefused() throws IOException {
    Path photos = photos(12);
    assertThatThrownBy(() -> Tuned.run(Tuned.of(trunk, photos.toString(), temp.resolve("run"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a single class")
        .hasMessageContaining("at least two");
  }

  @Test
  void aClassWithOneImageIsTrainedOn() throws IOException {
    Path photos = photos(20, 20, 1);
    FinetuneResult tuned = Tuned.run(Tuned.of(trunk, photos.toString(), temp.resolve("run")));
    assertThat(tuned.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(tuned.evaluation().orElseThrow().classes()).hasSize(3);
  }

  @Test
  void brokenImagesAreNamedAndLeftOut() throws IOException {
    Path photos = photos(30, 30);
    Files.writeString(photos.resolve("class0").resolve("3.png"), "no image");
    List<String> named = new ArrayList<>();
    FinetuneResult tuned =
        Tuned.run(
            Tuned.of(trunk, photos.toString(), temp.resolve("run")).with(Stages.HEAD),
            e -> {
              if (e instanceof FinetuneEvent.DataChecked c) {
                c.check().unreadable().forEach(p -> named.add(p.name()));
              }
            });
    assertThat(named).containsExactly("class0/3.png");
    assertThat(tuned.outcome()).isEqualTo(Outcome.FINISHED);
  }

  @Test
  void aDamagedFileIsNotStartedFrom() throws IOException {
    byte[] bytes = Files.readAllBytes(trunk);
    bytes[bytes.length / 2] ^= 1;
    Path damaged = Files.write(temp.resolve("damaged.safetensors"), bytes);
    assertThatThrownBy(() -> Tuned.run(Tuned.config(damaged, temp.resolve("run"))))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void theFolderOfARunIsNotOverwritten() {
    assertThatThrownBy(() -> Tuned.run(Tuned.config(trunk, shared.resolve("trunk"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("already holds another run");
  }

  @Test
  void aFolderThatCannotBeWrittenIsSaidAtOnce() throws IOException {
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> Tuned.run(Tuned.config(trunk, file.resolve("run"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot create the folder");
  }

  @Test
  void nothingOfTheSecondStageIsLeftWithoutTime() {
    FinetuneResult tuned = Tuned.run(Tuned.config(trunk, temp.resolve("run")).withSeconds(1));
    assertThat(tuned.second()).isEmpty();
    assertThat(tuned.evaluation()).isPresent();
    assertThat(new FinetuneFolder(temp.resolve("run")).training().path()).doesNotExist();
  }

  @Test
  void epochsAreChosenByLossWhereTheyAgree() {
    List<EpochRow> rows = new ArrayList<>();
    int kept = 0;
    for (FinetuneEvent e : EVENTS) {
      if (e instanceof FinetuneEvent.Training t && t.event() instanceof TrainEvent.EpochDone d) {
        rows.add(d.row());
        kept = d.best() ? d.row().epoch() : kept;
      }
    }
    EpochRow best =
        rows.stream()
            .max(
                java.util.Comparator.comparingDouble((EpochRow r) -> r.evaluated().top1())
                    .thenComparing(r -> -r.evaluated().loss()))
            .orElseThrow();
    assertThat(kept).isEqualTo(best.epoch());
  }

  @Test
  void noFileIsLeftHalfWritten() throws IOException {
    try (Stream<Path> files = Files.walk(whole)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .noneMatch(name -> name.contains(".tmp") || name.endsWith(".part"));
    }
  }
}
