package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Evaluation;
import dev.fovea.finetune.FinetuneConfig.Stages;
import dev.fovea.finetune.FinetuneResult.Outcome;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.DivergedException;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.TrainEvent;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
                RunData.open(training, Split.VAL),
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
                RunData.open(training, Split.VAL),
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
                RunData.open(evaluated, Split.VAL),
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
  void aDamagedFileOfFeaturesIsMadeAgainWithTheSameValues() throws IOException {
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder).with(Stages.HEAD);
    FinetuneResult before = Tuned.run(config);
    Path file = new FinetuneFolder(folder).features("training", 0);
    float[] values = values(file);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = bytes.length - 4000; i < bytes.length; i++) {
      bytes[i] ^= (byte) i;
    }
    Files.write(file, bytes);
    assertThat(values(file)).isNotEqualTo(values);
    FinetuneResult after = Tuned.run(config);
    assertThat(values(file)).isEqualTo(values);
    assertThat(after.first().orElseThrow().confusion())
        .isEqualTo(before.first().orElseThrow().confusion());
  }

  private static float[] values(Path file) {
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      return opened.floats("values");
    }
  }

  @Test
  void aHeapWithRoomForOtherViewsThanBeforeIsRefusedBeforeFeaturesAreMadeAgain()
      throws IOException {
    Path photos = photos(20, 20);
    FinetuneFolder folder = new FinetuneFolder(temp.resolve("run"));
    FinetuneConfig config = Tuned.of(trunk, photos.toString(), folder.path()).with(Stages.HEAD);
    Tuned.run(config);
    String head = Files.readString(folder.head());
    String fewer = head.replaceFirst("\"views\"(\\s*):(\\s*)2", "\"views\": 1");
    assertThat(fewer).isNotEqualTo(head);
    Files.writeString(folder.head(), fewer);
    Files.delete(folder.features("training", 0));
    assertThatThrownBy(() -> Tuned.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Java's heap has room for 2 now (-Xmx), and had for 1");
    assertThat(folder.features("training", 0)).doesNotExist();
  }

  @Test
  void otherImagesInTheSameFolderAreRefusedAndTheModelStays() throws IOException {
    Path photos = photos(20, 20);
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.of(trunk, photos.toString(), folder).with(Stages.HEAD);
    Tuned.run(config);
    byte[] model = Tuned.model(folder);
    image(photos.resolve("class0").resolve("new.png"), 99);
    assertThatThrownBy(() -> Tuned.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the images of the fine-tuning in " + folder + " changed")
        .hasMessageContaining("Restore the images, or set output.folder");
    assertThat(Tuned.model(folder)).isEqualTo(model);
  }

  @Test
  void anotherClassInTheSameFolderIsRefusedByItsName() throws IOException {
    Path photos = photos(20, 20);
    FinetuneConfig config =
        Tuned.of(trunk, photos.toString(), temp.resolve("run")).with(Stages.HEAD);
    Tuned.run(config);
    for (int i = 0; i < 12; i++) {
      image(photos.resolve("zebra").resolve(i + ".png"), 200 + i);
    }
    assertThatThrownBy(() -> Tuned.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the classes of the fine-tuning")
        .hasMessageContaining("[class0, class1, zebra], and had [class0, class1]");
  }

  @Test
  void anotherTrunkUnderTheSameNameIsRefusedBeforeAndBehindTheCopyOfIt() throws IOException {
    Path own = Files.copy(trunk, temp.resolve("own.safetensors"));
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(own, folder).with(Stages.HEAD);
    Tuned.run(config);
    Files.copy(new FinetuneFolder(whole).model(), own, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> Tuned.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("was made of another " + own)
        .hasMessageContaining("Restore that file");
    // Without the file that it was made of, what was made of it goes on.
    Files.delete(own);
    assertThat(Tuned.run(config).outcome()).isEqualTo(Outcome.FINISHED);
    Files.copy(
        new FinetuneFolder(whole).model(),
        new FinetuneFolder(folder).source(),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> Tuned.run(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the trunk of the fine-tuning");
  }

  @Test
  void featuresOfAnotherTrunkAreNotTaken() throws IOException {
    Path folder = temp.resolve("run");
    Path own = Files.copy(trunk, temp.resolve("own.safetensors"));
    FinetuneConfig config = Tuned.config(own, folder).with(Stages.HEAD);
    Tuned.run(config);
    Path file = new FinetuneFolder(folder).features("training", 0);
    float[] values = values(file);
    otherTrunk(own, 0.1f);
    // As if it had been killed before the first stage was done, and its trunk made anew.
    Files.delete(new FinetuneFolder(folder).head());
    Files.delete(new FinetuneFolder(folder).source());
    Tuned.run(config);
    assertThat(values(file)).isNotEqualTo(values);
  }

  @Test
  void aModelOrAStartThatIsDamagedOrMissingIsMadeAgain() throws IOException {
    Path path = temp.resolve("run");
    FinetuneFolder folder = new FinetuneFolder(path);
    FinetuneConfig config = Tuned.config(trunk, path).with(Stages.HEAD);
    Tuned.run(config);
    byte[] model = Tuned.model(path);
    byte[] start = Files.readAllBytes(folder.start());
    Files.delete(folder.start());
    Tuned.run(config);
    assertThat(Files.readAllBytes(folder.start())).isEqualTo(start);
    byte[] damaged = model.clone();
    damaged[damaged.length - 9] ^= 1;
    Files.write(folder.model(), damaged);
    Tuned.run(config);
    assertThat(Tuned.model(path)).isEqualTo(model);
  }

  @Test
  void featuresThatAreReadBackCountTheTimeThatTheyTook() {
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder).with(Stages.HEAD);
    long from = System.nanoTime();
    Tuned.runUntil(
        config,
        e ->
            e instanceof FinetuneEvent.FeaturesComputed f
                && f.part().equals("validation")
                && f.done() == f.all());
    double first = (System.nanoTime() - from) / 1e9;
    double kept = 0;
    for (String part : List.of("training", "validation")) {
      try (SafetensorsFile file =
          SafetensorsFile.open(new FinetuneFolder(folder).features(part, 0))) {
        kept += Double.parseDouble(file.metadata().get("fovea.seconds"));
      }
    }
    assertThat(kept).isPositive().isLessThan(first);
    HeadFigures figures = Tuned.run(config).head().orElseThrow();
    assertThat(figures.featureSeconds()).isEqualTo(kept);
    assertThat(figures.secondsPerView()).isEqualTo(kept / (2 * 160 + 40));
  }

  @Test
  void aSecondStageThatDivergesLeavesTheFirstAnswerAsTheResult() {
    List<String> notes = new ArrayList<>();
    FinetuneConfig config = Tuned.config(trunk, temp.resolve("run"));
    FinetuneResult tuned =
        Tuned.run(
            config.with(config.run().with("learning.rate.base", "1e30")),
            e -> {
              if (e instanceof FinetuneEvent.Note n) {
                notes.add(n.text());
              }
            });
    assertThat(tuned.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(tuned.failure().orElseThrow()).isInstanceOf(DivergedException.class);
    assertThat(tuned.evaluation()).isEqualTo(tuned.first());
    assertThat(tuned.judgements().all()).hasSize(40);
    assertThat(card(tuned.model()).metrics())
        .containsEntry("top1", tuned.first().orElseThrow().top1());
    assertThat(notes).anyMatch(n -> n.contains("the second stage failed"));
  }

  @Test
  void aSettingThatTheSecondStageCannotTakeLeavesTheFirstAnswerToo() {
    FinetuneConfig config = Tuned.config(trunk, temp.resolve("run"));
    FinetuneResult tuned =
        Tuned.run(config.with(config.run().with("learning.update.groups.freeze", "no_such_part")));
    assertThat(tuned.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(tuned.failure().orElseThrow()).hasMessageContaining("no_such_part");
    assertThat(tuned.first()).isPresent();
  }

  @Test
  void aBatchThatWasSetAndIsLargerThanTheImagesIsRefusedAtOnce() {
    FinetuneConfig config = Tuned.config(trunk, temp.resolve("run"));
    assertThatThrownBy(() -> Tuned.run(config.with(config.run().with("learning.batch", "150"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("learning.batch is 150")
        .hasMessageContaining("lower learning.batch");
    assertThat(temp.resolve("run")).doesNotExist();
  }

  @Test
  void timeAndStagesMayChangeUntilTheSecondStageBegins() {
    Path folder = temp.resolve("run");
    FinetuneConfig config = Tuned.config(trunk, folder);
    Tuned.run(config.with(Stages.HEAD));
    FinetuneConfig read = FinetuneConfig.ofRun(folder);
    FinetuneConfig resumed =
        read.with(read.run().with(read.run().output().into(folder.toString(), true)));
    FinetuneResult tuned = Tuned.run(resumed.with(Stages.ALL).withSeconds(500));
    assertThat(tuned.second()).isPresent();
    assertThat(FinetuneConfig.ofRun(folder).seconds()).isEqualTo(500);
    assertThatThrownBy(() -> Tuned.run(resumed.with(Stages.ALL).withSeconds(900)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("finetune.time is '900.0', was '500.0'")
        .hasMessageContaining("once the second stage has begun");
  }

  @Test
  void anInterruptionWhileDataIsCheckedEndsTheCheck() {
    List<FinetuneEvent> events = new ArrayList<>();
    try (Finetuner tuner =
        Finetuner.open(
            Tuned.config(trunk, temp.resolve("run")),
            new OneDnnBackend(),
            Additions.NONE,
            events::add)) {
      tuner.interrupt();
      assertThat(tuner.run().outcome()).isEqualTo(Outcome.INTERRUPTED);
    }
    assertThat(events).isEmpty();
  }

  // The trunk with this value for all weights of its first convolution.
  private static void otherTrunk(Path to, float value) {
    try (ModelFile file = ModelFile.open(trunk)) {
      FileWeights weights = new FileWeights(file);
      String name = file.graph().params().get(0).name();
      float[] values = weights.read(name);
      Arrays.fill(values, value);
      weights.write(name, values);
      ModelFile.write(to, file.card(), weights);
    }
  }

  @Test
  void featuresThatAreNotNumbersAreRefusedByTrunkAndImage() {
    // Finite weights whose sums of products are not.
    Path broken = temp.resolve("broken.safetensors");
    otherTrunk(broken, 3e38f);
    assertThatThrownBy(() -> Tuned.run(Tuned.config(broken, temp.resolve("run"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the features that " + broken + " computes from train/")
        .hasMessageContaining("engine.precision=f32");
  }

  @Test
  void ofANetworkWhoseImagesAreNotSquareTheLastLayerIsFitted() {
    Path wide = temp.resolve("wide.safetensors");
    Graph graph = Models.graph("resnet20", card(trunk).classes().size(), Shape.of(3, 8, 12));
    try (ModelFile file = ModelFile.open(trunk)) {
      FileWeights weights = new FileWeights(file, graph.params());
      ModelCard c = file.card();
      Preprocessing seen = Augmentation.preprocessing("native", graph.inputShape());
      ModelFile.write(
          wide,
          new ModelCard(
              c.network(), graph.inputShape(), c.classes(), seen, "{}", Map.of(), c.data()),
          weights);
    }
    List<String> notes = new ArrayList<>();
    FinetuneResult tuned =
        Tuned.run(
            Tuned.config(wide, temp.resolve("run")),
            e -> {
              if (e instanceof FinetuneEvent.Note n) {
                notes.add(n.text());
              }
            });
    assertThat(tuned.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(tuned.second()).isEmpty();
    assertThat(card(tuned.model()).input()).isEqualTo(Shape.of(3, 8, 12));
    assertThat(notes).anyMatch(n -> n.contains("images of 12x8 pixels"));
  }

  @Test
  void anEntryOrASizeThatAModelFileCannotHonorIsRefused() {
    FinetuneConfig config = Tuned.config(trunk, temp.resolve("run"));
    assertThatThrownBy(
            () ->
                Tuned.run(config.with(new FinetuneConfig.Source(trunk.toString(), "", "ema", ""))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("leave out finetune.entry");
    assertThatThrownBy(() -> Tuned.run(config.with(config.run().with("network.input", "16"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("network.input is 16")
        .hasMessageContaining("images of 8x8");
  }

  @Test
  void afterAFailureAFolderOfTheUsersOwnStaysAndOneThatWasMadeGoes() throws IOException {
    Path mine = Files.createDirectory(temp.resolve("mine"));
    Path missing = temp.resolve("missing.safetensors");
    assertThatThrownBy(() -> Tuned.run(Tuned.config(missing, mine))).isNotNull();
    assertThat(mine).isEmptyDirectory();
    assertThatThrownBy(() -> Tuned.run(Tuned.config(missing, temp.resolve("made")))).isNotNull();
    assertThat(temp.resolve("made")).doesNotExist();
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
  void oneBrokenImageAmongFewThatAreHeldBackOrValidatedOnStopsNothing() throws IOException {
    Path photos = photos(30, 30);
    FinetuneConfig config = Tuned.of(trunk, photos.toString(), temp.resolve("run"));
    RunConfig opened = config.run();
    // One image in each part: held back, evaluated on, and trained on.
    List<String> broken = new ArrayList<>();
    try (Dataset train = RunData.open(opened.with(opened.data().withHoldBack(0)), Split.TRAIN);
        Dataset val = RunData.open(opened.with(opened.data().withHoldBack(0)), Split.VAL)) {
      broken.add(train.name(RunData.heldBackItems(train, opened, true)[0]));
      broken.add(train.name(RunData.heldBackItems(train, opened, false)[0]));
      broken.add(val.name(0));
    }
    for (String name : broken) {
      Files.writeString(photos.resolve(name), "no image");
    }
    FinetuneResult tuned = Tuned.run(config);
    assertThat(tuned.failure()).isEmpty();
    assertThat(tuned.outcome()).isEqualTo(Outcome.FINISHED);
    assertThat(tuned.second()).isPresent();
  }

  @Test
  void tooManyBrokenImagesAreRefusedBeforeAnyFeature() throws IOException {
    Path photos = photos(30, 30);
    for (int i = 0; i < 7; i++) {
      Files.writeString(photos.resolve("class0").resolve(i + ".png"), "no image");
    }
    List<FinetuneEvent> events = new ArrayList<>();
    assertThatThrownBy(
            () -> Tuned.run(Tuned.of(trunk, photos.toString(), temp.resolve("run")), events::add))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("7 of the 60 images")
        .hasMessageContaining("above the limit of 10.0 %");
    assertThat(events).hasSize(1);
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
