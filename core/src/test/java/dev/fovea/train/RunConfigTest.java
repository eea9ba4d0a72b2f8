package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.augment.Cutout;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.optim.Clipping;
import dev.fovea.optim.RmsProp;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.WarmUp;
import dev.fovea.optim.WeightAverage;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RunConfigTest {
  static Iterable<String> recipes() {
    return Recipes.names();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeSurvivesTheWayThroughItsFile(String name) {
    RunConfig config = RunConfig.named(name);
    assertThat(RunConfig.parse(config.toJson(), "config.json")).isEqualTo(config);
    assertThat(RunConfig.parse(config.identity(), "model")).isEqualTo(config);
    assertThat(config.recipe()).isEqualTo(name);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everySettingCanBeSetToWhatItIs(String name) {
    RunConfig config = RunConfig.named(name);
    config
        .settings()
        .forEach(
            (key, value) -> {
              boolean list = key.equals("learning.rate.schedule.at");
              if (!list && !key.endsWith(".name")) {
                assertThat(config.with(key, value)).as(key).isEqualTo(config);
              }
            });
  }

  @Test
  void theResNetPapersScheduleDividesAt32And48Thousand() {
    RunConfig.Learning l = RunConfig.named("cifar-resnet").learning();
    RunLength run = new RunLength(390, 64_000);
    assertThat(l.length()).hasToString("64000steps");
    assertThat(l.rate().at(31_999, run)).isEqualTo(0.1);
    assertThat(l.rate().at(32_000, run))
        .isCloseTo(0.01, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(l.rate().at(48_000, run))
        .isCloseTo(0.001, org.assertj.core.data.Offset.offset(1e-12));
    RunConfig.Learning deep = RunConfig.named("cifar-resnet110").learning();
    assertThat(deep.rate().at(0, run)).isCloseTo(0.01, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(deep.rate().at(400, run)).isEqualTo(0.1);
  }

  @Test
  void flagsChangeOneSettingEach() {
    RunConfig config =
        RunConfig.named("cifar-fast")
            .with("data.source", "/data with spaces")
            .with("data.augment", "cifar cutout(side=6)")
            .with("learning.length", "7epochs")
            .with("learning.rate.base", "0.3")
            .with("learning.rate.schedule.name", "cosine")
            .with("learning.rate.schedule.final_factor", "0.01")
            .with("learning.update.clipping.norm", "2")
            .with("learning.update.optimizer.momentum", "0.8")
            .with("engine.memory", "low")
            .with("output.save_every", "500steps")
            .with("output.max_time", "14m");
    assertThat(config.data().source()).isEqualTo("/data with spaces");
    assertThat(config.learning().rate().schedule()).isEqualTo(new Schedule.Cosine(0.01));
    assertThat(config.learning().update().clipping()).isEqualTo(new Clipping.GlobalNorm(2));
    assertThat(config.output().saveEvery()).isEqualTo(new SaveInterval(500, Duration.ZERO));
    assertThat(config.output().maxTime()).isEqualTo(new SaveInterval(0, Duration.ofMinutes(14)));
    assertThat(RunConfig.parse(config.toJson(), "config.json")).isEqualTo(config);
    assertThat(Augmentation.of(config.data().augment(), Shape.of(3, 32, 32)).augments())
        .containsExactly(
            new PadCrop(4, PadCrop.Padding.ZERO), new HorizontalFlip(0.5), new Cutout(6));
  }

  @Test
  void convolutionsAreComputedByTheRuleUnlessARunSaysOtherwise() {
    RunConfig config = RunConfig.named("photos-fast");
    assertThat(config.engine().convolution()).isEqualTo(ConvolutionAlgorithm.AUTO);
    RunConfig direct = config.with("engine.convolution", "direct");
    assertThat(direct).isEqualTo(config.with(config.engine().with(ConvolutionAlgorithm.DIRECT)));
    assertThat(direct.settings()).containsEntry("engine.convolution", "direct");
    assertThat(RunConfig.parse(direct.toJson(), "config.json")).isEqualTo(direct);
    assertThatThrownBy(() -> config.with("engine.convolution", "winograd"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.convolution")
        .hasMessageContaining("auto, direct, fast")
        .hasMessageContaining("'winograd'");
  }

  @Test
  void changesOfTheEngineKeepTheAlgorithmOfConvolutions() {
    RunConfig.Engine fast = RunConfig.named("cifar-fast").engine().with(ConvolutionAlgorithm.FAST);
    RunConfig.Engine changed =
        fast.with(Precision.BF16).withThreads(3).withEvalBatch(7).withSeed(5);
    assertThat(changed.convolution()).isEqualTo(ConvolutionAlgorithm.FAST);
    assertThat(changed.inferring(9))
        .isEqualTo(
            new CompileOptions(9, Precision.BF16, CompileOptions.Memory.NORMAL, 3)
                .convolving(ConvolutionAlgorithm.FAST));
    assertThat(TrainingSetup.compileOptions(changed, 9).convolution())
        .isEqualTo(ConvolutionAlgorithm.FAST);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRunFromBeforeTheSettingConvolvesDirectlyButARecipeOfThatTimeDoesNot(String name) {
    RunConfig config = RunConfig.named(name);
    String before = TinyRun.withoutConvolution(config.toJson());
    assertThat(before).doesNotContain("convolution");
    assertThat(RunConfig.parse(before, "mine.json")).isEqualTo(config);
    assertThat(RunConfig.stored(before, "config.json"))
        .isEqualTo(config.with(config.engine().with(ConvolutionAlgorithm.DIRECT)));
    assertThat(RunConfig.stored(config.toJson(), "config.json")).isEqualTo(config);
  }

  @Test
  void aConstantRateOfStochasticAveragingStaysConstantWhenItIsChanged() {
    RunConfig config =
        RunConfig.named("cifar-fast")
            .with("learning.update.average.swa_from", "75%")
            .with("learning.update.average.swa_rate", "0.05");
    assertThat(config.learning().update().average())
        .isEqualTo(new WeightAverage.Stochastic(TrainingLength.parse("75%"), 0.05, 0.05, 1));
  }

  @Test
  void aWarmUpThatIsGivenALengthBeginsAtNothing() {
    RunConfig config =
        RunConfig.named("cifar-resnet").with("learning.rate.warm_up.length", "5epochs");
    assertThat(config.learning().rate().warmUp())
        .isEqualTo(WarmUp.linear(TrainingLength.epochs(5), 0));
    assertThat(RunConfig.parse(config.toJson(), "config.json")).isEqualTo(config);
  }

  @Test
  void anotherFormOfAnOptimizerBringsItsOwnConstants() {
    RunConfig config =
        RunConfig.named("inception-v3-paper").with("learning.update.optimizer.form", "pytorch");
    assertThat(config.learning().update().optimizer())
        .isEqualTo(new RmsProp(0.99, 0, 1e-8, RmsProp.Form.PYTORCH));
  }

  @Test
  void aLimitOfZeroTakesClippingAway() {
    RunConfig config =
        RunConfig.named("inception-v3-paper").with("learning.update.clipping.norm", "0");
    assertThat(config.learning().update().clipping()).isEqualTo(new Clipping.None());
    assertThat(config.with("learning.update.clipping.value", "1").learning().update().clipping())
        .isEqualTo(new Clipping.Value(1));
  }

  @Test
  void preprocessingOfAPublisherIsKnownByName() {
    Preprocessing wrn =
        Augmentation.preprocessing(
            RunConfig.named("cifar-wrn").data().preprocess(), Shape.of(3, 32, 32));
    assertThat(wrn.mean()).containsExactly(125.3 / 255, 123.0 / 255, 113.9 / 255);
    assertThatThrownBy(() -> Augmentation.preprocessing("caffe", Shape.of(1, 28, 28)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("3 channels");
    assertThatThrownBy(() -> Augmentation.preprocessing("cafe", Shape.of(3, 32, 32)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("caffe");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learning.bach                      | 3      | unknown setting 'learning.bach'",
        "nothing.batch                      | 3      | no group 'nothing'",
        "learning                           | 3      | unknown setting",
        "learning.batch                     | three  | expected a whole number, got 'three'",
        "learning.batch                     | 0      | at least 1",
        "learning.length                    | 30%    | whole number of epochs or steps",
        "learning.length                    | 0epochs | whole number of epochs or steps",
        "learning.smoothing                 | 1      | [0, 1)",
        "learning.rate.base                 | -1     | learning rate above 0",
        "learning.rate.bases                | 1      | bases",
        "learning.update.optimizer.momentun | 0.5    | momentun",
        "learning.update.optimizer.name     | adem   | adem",
        "engine.precision                   | f64    | auto, f32, bf16",
        "engine.memory                      | tiny   | normal, low",
        "output.resume                      | yes    | true or false",
        "output.save_every                   | often  | 500steps",
        "output.max_time                     | 5steps | must be a time",
      })
  void aWrongSettingIsNamed(String key, String value, String reason) {
    RunConfig config = RunConfig.named("shapes-quick");
    assertThatThrownBy(() -> config.with(key, value))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aRecipeFileChangesTheRecipeItNames(@TempDir Path temp) throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("mine.json"),
            """
            // Longer, and with a cosine.
            {"recipe": "cifar-fast",
             "learning": {"length": "60epochs", "rate": {"base": 0.2, "schedule": {"name": "cosine"}}}}
            """);
    RunConfig config = RunConfig.recipe(file.toString());
    RunConfig base = RunConfig.named("cifar-fast");
    assertThat(config)
        .isEqualTo(
            base.with("learning.length", "60epochs")
                .with("learning.rate.base", "0.2")
                .with("learning.rate.schedule.name", "cosine"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"lerning\": {}}                     | lerning",
        "{\"learning\": {\"bach\": 1}}         | learning.bach",
        "{\"learning\": {\"batch\": \"a\"}}    | expected a whole number",
        "{\"learning\": 3}                     | learning",
        "{\"recipe\": \"cifar-slow\"           | valid JSON",
        "batch = 3                             | mine.json",
      })
  void aBrokenRecipeFileNamesItselfAndTheKey(String text, String reason, @TempDir Path temp)
      throws IOException {
    Path file = Files.writeString(temp.resolve("mine.json"), text);
    assertThatThrownBy(() -> RunConfig.recipe(file.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("mine.json")
        .hasMessageContaining(reason);
  }

  @Test
  void anUnknownRecipeListsTheKnown() {
    assertThatThrownBy(() -> RunConfig.recipe("cifar-slow"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cifar-slow")
        .hasMessageContaining("cifar-fast");
  }

  @ParameterizedTest
  @CsvSource({
    "5m,5m",
    "500steps,500steps",
    "1step,1steps",
    "90s,90s",
    "120s,2m",
    "2h,2h",
    "never,never"
  })
  void intervalsAreReadAndWritten(String text, String written) {
    assertThat(SaveInterval.parse(text)).hasToString(written);
    assertThat(SaveInterval.parse(SaveInterval.parse(text).toString()))
        .isEqualTo(SaveInterval.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "cutout(side=0)",
    "cutout(size=3)",
    "cutout(side)",
    "flop",
    "pad-crop(padding=one)",
    "flip(p=x)",
    "Flip("
  })
  void aWrongAugmentationIsNamed(String word) {
    assertThatThrownBy(() -> Augmentation.of(List.of(word), Shape.of(3, 32, 32)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.augment");
  }

  @Test
  void absolutePathsMeanTheSameInAnyWorkingDirectory() {
    RunConfig relative =
        RunConfig.named("shapes-quick")
            .with("data.source", "pom.xml")
            .with("data.classes", "names.txt")
            .with("network.init", "some/../model.safetensors");
    RunConfig absolute = relative.withAbsolutePaths();
    assertThat(absolute.data().source()).isEqualTo(Path.of("pom.xml").toAbsolutePath().toString());
    assertThat(absolute.data().classes())
        .isEqualTo(Path.of("names.txt").toAbsolutePath().toString());
    assertThat(absolute.network().init())
        .isEqualTo(Path.of("model.safetensors").toAbsolutePath().toString());
    assertThat(absolute.data().labels()).isEmpty();
    for (String kept : new String[] {"shapes(size=8,count=300)", "not/there"}) {
      assertThat(relative.with("data.source", kept).withAbsolutePaths().data().source())
          .isEqualTo(kept);
    }
  }
}
