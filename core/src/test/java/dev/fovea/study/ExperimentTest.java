package dev.fovea.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.LearningRate;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.program.RecordingBackend;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainEvent;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentTest {
  @TempDir private Path folder;

  private Setting setting(int seeds) {
    return SmallStudy.setting(seeds, folder);
  }

  private static RunConfig config(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with(LearningRate.constant(rate))
        .with(ParameterGroups.decayAll(0))
        .withAugment()
        .withBatch(16)
        .withModel(model);
  }

  private static Study tiny() {
    return tiny(2, "mlp(units=8,norm=none)", 0.1);
  }

  /** Two small networks, one of them looked into, one criterion. */
  private static Study tiny(double limit, String second, double rate) {
    return SmallStudy.of(
            "tiny",
            Arm.of("one", config("mlp(units=8)", 0.1)),
            Arm.of("two", config(second, rate)).watchedBy((trainer, backend) -> new Counting()))
        .measuring(
            Criterion.atLeast("looks", limit, "", "it was looked into", ""),
            data -> data.runs("two").get(0).observed().get(0).points().size());
  }

  private static final class Counting implements TrainingObserver {
    private final List<Series.Point> points = new ArrayList<>();

    @Override
    public void look(long step) {
      points.add(new Series.Point(step, 1));
    }

    @Override
    public List<Series> seen() {
      return List.of(new Series("looks", points));
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  @Test
  void aStudyTrainsEveryArmWithEverySeedAndWritesItsResult() throws IOException {
    List<StudyEvent> events = new ArrayList<>();
    Optional<StudyResult> result =
        new Experiment(tiny(), setting(2), new OneDnnBackend(), events::add).run();
    assertThat(result).isPresent();
    assertThat(result.get().runs())
        .extracting(r -> r.arm() + r.seed())
        .containsExactly("one0", "two0", "one1", "two1");
    assertThat(result.get().verdict()).isEqualTo(Verdict.REPRODUCED);
    // A look before the first step and at the end of each of the run's at most 40 parts.
    assertThat(result.get().findings().get(0).measured()).isBetween(12.0, 41.0);
    Map<String, Object> json =
        JsonTree.parse(Files.readString(folder.resolve("result.json")), "result");
    assertThat(json).containsEntry("verdict", "reproduced").containsEntry("study", "tiny");
    assertThat(events.stream().filter(e -> e instanceof StudyEvent.RunEnded)).hasSize(4);
  }

  @Test
  void aStudyAboutTheSizeOfImagesIsToldTheirMedianShorterSide() throws IOException {
    Path data = folder.resolve("data");
    int[] widths = {40, 90, 48};
    for (String split : List.of("train", "val")) {
      for (String label : List.of("a", "b")) {
        Path images = Files.createDirectories(data.resolve(split).resolve(label));
        for (int i = 0; i < widths.length; i++) {
          BufferedImage image = new BufferedImage(widths[i], 70 + i, BufferedImage.TYPE_INT_RGB);
          ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
        }
        Files.writeString(images.resolve("damaged.png"), "no image");
      }
    }
    List<Integer> sides = new ArrayList<>();
    Study study =
        SmallStudy.ofImages(
            "measuring",
            shorterSide -> {
              sides.add(shorterSide.getAsInt());
              return List.of();
            });
    Setting setting =
        new Setting(
            Scale.QUICK,
            data.toString(),
            1,
            Duration.ofSeconds(1),
            folder.resolve("study"),
            Precision.F32,
            1);
    assertThat(new Experiment(study, setting, new OneDnnBackend(), e -> {}).run()).isPresent();
    // The shorter sides are 40, 71 and 48, twice each.
    assertThat(sides).containsExactly(48);
  }

  /** A study that asks more than its claim. */
  private static Study asking(List<String> answers) {
    return SmallStudy.of("asking", Arm.of("one", config("mlp(units=8)", 0.1)))
        .measuring(Criterion.atLeast("number", 1, "", "", ""), data -> 2)
        .asking(new Question("Is it so?", "Yes, if it is."), answers);
  }

  @Test
  void anAnswerBesideTheClaimIsWrittenWithItsQuestionAndRuleAndLeavesTheVerdictAlone()
      throws IOException {
    Study study = asking(List.of("It is not so."));
    StudyResult result =
        new Experiment(study, setting(1), new OneDnnBackend(), e -> {}).run().orElseThrow();
    assertThat(result.verdict()).isEqualTo(Verdict.REPRODUCED);
    assertThat(result.conclusion().withNote("a note").answers(study.secondaryQuestions()))
        .containsExactly("It is not so.");
    Map<String, Object> json =
        JsonTree.parse(Files.readString(folder.resolve("result.json")), "result");
    assertThat(json.get("secondary"))
        .isEqualTo(
            List.of(
                Map.of(
                    "question", "Is it so?", "rule", "Yes, if it is.", "answer", "It is not so.")));
  }

  @Test
  void aStudyMustAnswerWhatItAsks() {
    Experiment silent = new Experiment(asking(List.of()), setting(1), new OneDnnBackend(), e -> {});
    assertThatThrownBy(silent::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("0 answers to its 1 secondary questions");
  }

  @Test
  void aTrainingThatDivergesIsNamedInTheNotesAndWhatItsAccuracyCountsAs() {
    StudyResult result =
        new Experiment(tiny(0, "resnet20", 1e25), setting(1), new OneDnnBackend(), e -> {})
            .run()
            .orElseThrow();
    assertThat(result.runs()).extracting(TrainedRun::diverged).containsExactly(false, true);
    assertThat(result.conclusion().notes())
        .singleElement()
        .asString()
        .startsWith("1 of 2 runs diverged")
        .contains(": two.", "counts as 0 %");
  }

  /** One arm trains, and others start from its weights and keep them. */
  private static Study continuing(double rate, List<Path> converted) {
    RunConfig config = config("resnet8", rate);
    RunConfig still = config.with(LearningRate.constant(1e-20));
    return SmallStudy.of(
        "continuing",
        Arm.of("first", config),
        Arm.of("second", still).startingFrom("first", Arm.Conversion.NONE),
        Arm.of("third", still)
            .startingFrom(
                "first",
                (trained, backend, start) -> {
                  converted.add(start);
                  try {
                    return Files.copy(trained, start);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }));
  }

  @Test
  void anArmStartsFromTheWeightsThatAnotherEndedWith() {
    List<Path> converted = new ArrayList<>();
    Study study = continuing(0.05, converted);
    assertThat(new Experiment(study, setting(2), new OneDnnBackend(), e -> {}).run()).isPresent();
    assertThat(converted).hasSize(2).doesNotHaveDuplicates().allMatch(Files::exists);
    for (int seed = 0; seed < 2; seed++) {
      float[] first = firstWeights("first", seed);
      assertThat(firstWeights("second", seed)).isEqualTo(first);
      assertThat(firstWeights("third", seed)).isEqualTo(first);
    }
    assertThat(firstWeights("first", 0)).isNotEqualTo(firstWeights("first", 1));
  }

  private float[] firstWeights(String arm, long seed) {
    try (ModelFile file =
        ModelFile.open(setting(1).runFolder(arm, seed).resolve("model.safetensors"))) {
      return file.floats("conv1.weight");
    }
  }

  @Test
  void anArmWithoutWeightsToStartFromCountsAsDiverged() {
    List<Path> converted = new ArrayList<>();
    Study study = continuing(1e25, converted);
    StudyResult result =
        new Experiment(study, setting(1), new OneDnnBackend(), e -> {}).run().orElseThrow();
    assertThat(result.runs()).extracting(TrainedRun::diverged).containsOnly(true);
    assertThat(result.runs()).extracting(TrainedRun::classes).doesNotContain(0);
    assertThat(converted).isEmpty();
    assertThat(result.conclusion().notes())
        .singleElement()
        .asString()
        .startsWith("3 of 3 runs diverged");
  }

  @Test
  void anInterruptedStudyGoesOnWhereItWasAndGivesTheSameResult() {
    Experiment[] self = new Experiment[1];
    self[0] =
        new Experiment(
            tiny(),
            setting(1),
            new OneDnnBackend(),
            e -> {
              if (e instanceof StudyEvent.Training t
                  && t.event() instanceof TrainEvent.StepDone s
                  && s.step() == 3
                  && Files.exists(folder.resolve("runs/one-0/trained.json"))) {
                self[0].interrupt();
              }
            });
    assertThat(Experiment.begunWith(folder)).isEmpty();
    assertThat(self[0].run()).isEmpty();
    assertThat(Experiment.begunWith(folder))
        .contains(new Experiment.Begun(Precision.F32, ConvolutionAlgorithm.AUTO));
    List<StudyEvent.RunEnded> ended = new ArrayList<>();
    Optional<StudyResult> result =
        new Experiment(
                tiny(),
                setting(1),
                new OneDnnBackend(),
                e -> {
                  if (e instanceof StudyEvent.RunEnded r) {
                    ended.add(r);
                  }
                })
            .run();
    assertThat(result).isPresent();
    assertThat(ended).extracting(StudyEvent.RunEnded::before).containsExactly(true, false);
    TrainedRun again = result.get().runs().get(0);
    assertThat(again.epochs()).isNotEmpty();
    assertThat(again.accuracy()).isBetween(0.0, 100.0);
  }

  @Test
  void aTrainingThatWasCutOffGoesOnFromItsLastStepToTheSameEpochs() throws IOException {
    Path cut = Files.createDirectories(folder.resolve("cut"));
    Path whole = Files.createDirectories(folder.resolve("whole"));
    Experiment[] self = new Experiment[1];
    self[0] =
        experiment(
            cut,
            e -> {
              if (e instanceof StudyEvent.Training t
                  && t.event() instanceof TrainEvent.StepDone s
                  && s.epoch() == 2) {
                self[0].interrupt();
              }
            });
    assertThat(self[0].run()).isEmpty();
    List<Long> first = new ArrayList<>();
    StudyResult resumed = experiment(cut, e -> firstSteps(e, first)).run().orElseThrow();
    // How long the trainings are was measured, which a second time may end otherwise.
    Files.copy(cut.resolve("plan.json"), whole.resolve("plan.json"));
    StudyResult straight = experiment(whole, e -> firstSteps(e, first)).run().orElseThrow();
    long cutAt = straight.runs().get(0).epochs().get(0).step() + 1;
    assertThat(first).containsExactly(cutAt, 0L, 0L, 0L);
    assertThat(results(resumed)).isEqualTo(results(straight));
  }

  private static Experiment experiment(Path folder, StudyListener listener) {
    return new Experiment(tiny(), SmallStudy.setting(folder), new OneDnnBackend(), listener);
  }

  private static void firstSteps(StudyEvent event, List<Long> steps) {
    if (event instanceof StudyEvent.Training t && t.event() instanceof TrainEvent.RunStarted s) {
      steps.add(s.plan().resumedAt());
    }
  }

  private static List<String> results(StudyResult result) {
    return result.runs().stream()
        .flatMap(r -> r.epochs().stream())
        .map(e -> e.step() + " " + e.train() + " " + e.val())
        .toList();
  }

  @Test
  void aStudyThatWasBegunUnderFormerKeysGoesOn() throws IOException {
    experiment(folder, e -> {}).run();
    Path plan = folder.resolve("plan.json");
    String text = Files.readString(plan);
    for (Map.Entry<String, String> key :
        Map.of(
                "val_fraction", "valFraction",
                "bad_fraction", "badFraction",
                "memory_mib", "memoryMiB",
                "eval_batch", "evalBatch",
                "save_every", "saveEvery",
                "max_time", "maxTime",
                "evaluate_every", "evaluateEvery",
                "groups", "decay",
                "decay_norms", "norms",
                "decay_biases", "biases")
            .entrySet()) {
      assertThat(text).contains('"' + key.getKey() + '"');
      text = text.replace('"' + key.getKey() + '"', '"' + key.getValue() + '"');
    }
    text = text.replace("\"lr_scale\"", "\"rates\"").replace("\"part_decay\"", "\"decays\"");
    Files.writeString(plan, text);
    Path trained = folder.resolve("runs/one-0/trained.json");
    String one = Files.readString(trained);
    assertThat(one).contains("\"images_per_second\"");
    Files.writeString(trained, one.replace("\"images_per_second\"", "\"imagesPerSecond\""));
    List<Boolean> before = new ArrayList<>();
    StudyListener listener =
        e -> {
          if (e instanceof StudyEvent.RunEnded r) {
            before.add(r.before());
          }
        };
    assertThat(experiment(folder, listener).run()).isPresent();
    assertThat(before).containsExactly(true, true);
  }

  @Test
  void everyRunOfAStudyConvolvesAsItsSettingSays() throws IOException {
    RecordingBackend backend = new RecordingBackend(new OneDnnBackend());
    Setting fast = setting(1).convolving(ConvolutionAlgorithm.FAST);
    new Experiment(tiny(), fast, backend, e -> {}).run();
    assertThat(backend.convolutions()).containsExactly(ConvolutionAlgorithm.FAST);
    assertThat(Experiment.begunWith(folder))
        .contains(new Experiment.Begun(Precision.F32, ConvolutionAlgorithm.FAST));
    assertThat(JsonTree.parse(Files.readString(folder.resolve("result.json")), "result"))
        .containsEntry("convolution", "fast");
    Experiment other = experiment(folder, e -> {});
    assertThatThrownBy(other::run)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("other settings");
  }

  @Test
  void aStudyOfAVersionWithoutTheChoicesGoesOnDirectlyAndDecodesExactly() throws IOException {
    Setting direct = setting(1).convolving(ConvolutionAlgorithm.DIRECT);
    new Experiment(tiny(), direct, new OneDnnBackend(), e -> {}).run();
    Path plan = folder.resolve("plan.json");
    String text = Files.readString(plan);
    String before =
        text.replaceAll("\"convolution\"\\s*:\\s*\"direct\",\\s*", "")
            .replaceAll(",\\s*\"decode\"\\s*:\\s*\"exact\"", "");
    assertThat(before).isNotEqualTo(text).doesNotContain("convolution", "decode");
    Files.writeString(plan, before);
    assertThat(Experiment.begunWith(folder))
        .contains(new Experiment.Begun(Precision.F32, ConvolutionAlgorithm.DIRECT));
    List<StudyEvent.RunEnded> ended = new ArrayList<>();
    StudyListener listener =
        e -> {
          if (e instanceof StudyEvent.RunEnded r) {
            ended.add(r);
          }
        };
    assertThat(new Experiment(tiny(), direct, new OneDnnBackend(), listener).run()).isPresent();
    assertThat(ended).extracting(StudyEvent.RunEnded::before).containsExactly(true, true);
    Experiment other = experiment(folder, e -> {});
    assertThatThrownBy(other::run)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("other settings");
  }

  @Test
  void aPlanWhoseChoicesCannotBeReadIsRefusedByName() throws IOException {
    Path plan = folder.resolve("plan.json");
    Files.writeString(plan, "{\"study\": {\"precision\": \"fp8\"}}");
    assertThatThrownBy(() -> Experiment.begunWith(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(plan.toString())
        .hasMessageContaining("'fp8'")
        .hasMessageContaining("remove the file");
  }

  @Test
  void aFolderOfAnotherSettingIsRefused() {
    new Experiment(tiny(), setting(1), new OneDnnBackend(), e -> {}).run();
    Experiment other = new Experiment(tiny(), setting(2), new OneDnnBackend(), e -> {});
    assertThatThrownBy(other::run)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("another folder");
  }
}
