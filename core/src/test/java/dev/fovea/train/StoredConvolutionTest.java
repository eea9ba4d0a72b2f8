package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static dev.fovea.program.ConvolutionAlgorithm.AUTO;
import static dev.fovea.program.ConvolutionAlgorithm.DIRECT;
import static dev.fovea.program.ConvolutionAlgorithm.FAST;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.RecordingBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run goes on with the convolutions that it began with. */
class StoredConvolutionTest {
  private final RecordingBackend backend = new RecordingBackend(new OneDnnBackend());

  @TempDir private Path folder;

  private static RunConfig run(Path into, ConvolutionAlgorithm algorithm) {
    RunConfig config = TinyRun.in(into);
    return config.with(config.engine().with(algorithm));
  }

  private static ModelCard card(Path model) {
    try (ModelFile file = ModelFile.open(model)) {
      return file.card();
    }
  }

  @ParameterizedTest
  @EnumSource(ConvolutionAlgorithm.class)
  void aRunIsCompiledWithItsChoiceAndAResumedRunKeepsIt(ConvolutionAlgorithm algorithm)
      throws IOException {
    TinyRun.runUntil(run(folder, algorithm), 7);
    assertThat(Files.readString(new RunFolder(folder).config()))
        .contains("\"convolution\" : \"" + algorithm.label() + "\"");
    RunConfig resumed = TinyRun.resumed(folder);
    assertThat(resumed.engine().convolution()).isEqualTo(algorithm);
    TinyRun.run(resumed, backend);
    assertThat(backend.convolutions()).containsExactly(algorithm);
    RunConfig stored = RunConfig.ofModel(card(new RunFolder(folder).model()));
    assertThat(stored.engine().convolution()).isEqualTo(algorithm);
  }

  @Test
  void aRunOfAVersionWithoutTheChoiceGoesOnDirectlyToTheSameBytes() throws IOException {
    Path whole = folder.resolve("whole");
    TinyRun.run(run(whole, DIRECT));
    Path old = folder.resolve("old");
    TinyRun.runUntil(run(old, DIRECT), 7);
    TinyRun.forgetConvolution(old);
    assertThat(Files.readString(new RunFolder(old).config())).doesNotContain("convolution");
    TinyRun.run(TinyRun.resumed(old), backend);
    assertThat(backend.convolutions()).containsExactly(DIRECT);
    assertThat(TinyRun.model(old)).isEqualTo(TinyRun.model(whole));
    assertThat(TinyRun.rows(old)).isEqualTo(TinyRun.rows(whole));
  }

  @Test
  void anotherChoiceForAResumedRunIsRefusedByName() throws IOException {
    TinyRun.runUntil(run(folder, FAST), 1);
    assertThatThrownBy(
            () -> TinyRun.run(TinyRun.resumed(folder).with("engine.convolution", "auto")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.convolution is 'auto', was 'fast'");
    TinyRun.forgetConvolution(folder);
    assertThatThrownBy(
            () -> TinyRun.run(TinyRun.resumed(folder).with("engine.convolution", "auto")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.convolution is 'auto', was 'direct'");
  }

  @Test
  void anAverageIsComputedAsItsFirstModelWasTrainedUnlessAskedOtherwise() {
    Path model =
        TinyRun.run(run(folder.resolve("run"), FAST).with("learning.length", "1steps")).model();
    List<Path> models = List.of(model, model);
    CheckpointAverage.write(models, folder.resolve("a"), "", 1, Optional.empty(), backend);
    assertThat(backend.convolutions()).containsExactly(FAST);
    backend.compiled().clear();
    CheckpointAverage.write(models, folder.resolve("b"), "", 1, Optional.of(DIRECT), backend);
    assertThat(backend.convolutions()).containsExactly(DIRECT);
    backend.compiled().clear();
    TinyRun.rewrite(model, TinyRun::withoutConvolution);
    CheckpointAverage.write(models, folder.resolve("c"), "", 1, Optional.empty(), backend);
    assertThat(backend.convolutions()).containsExactly(DIRECT);
  }

  @Test
  void trialsAreCompiledWithTheChoice() {
    RunConfig config = run(folder, DIRECT);
    DryRun.of(config, backend);
    RangeTest.run(config, backend, new RangeTest.Range(1e-4, 1e-2, 10), p -> {}, () -> false);
    StepTimes.of(TrainingSetup.resolve(config, backend), 10, backend);
    assertThat(backend.convolutions()).containsExactly(DIRECT);
  }

  @Test
  void anOpenPrecisionIsChosenForTheAlgorithmOfTheRun() {
    RunConfig config = run(folder, FAST).with("engine.precision", "auto");
    TrainingSetup.resolve(config, backend);
    TrainingSetup.resolve(config.with("engine.convolution", "auto"), backend);
    assertThat(backend.weighed()).containsExactly(FAST, AUTO);
  }
}
