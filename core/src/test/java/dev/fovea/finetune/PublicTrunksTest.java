package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.finetune.FinetuneConfig.Source;
import dev.fovea.finetune.FinetuneConfig.Stages;
import dev.fovea.train.ConfigException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real trunks on a hundred photographs of ten classes. */
@Tag("shared")
class PublicTrunksTest {
  @TempDir private Path temp;

  private static String shared(String name) {
    return Path.of(System.getProperty("fovea.shared")).resolve(name).toString();
  }

  private FinetuneConfig config(Source source) {
    FinetuneConfig config = FinetuneConfig.of(source, shared("data/imagenette-mini.zip"));
    return config
        .with(Stages.HEAD)
        .with(
            config
                .run()
                .with("data.fraction", "0.04")
                .with("output.folder", temp.resolve("run").toString()));
  }

  @Test
  void aThinResNetFromOnnxKnowsPhotographsByTenOfEachClass() {
    Source source =
        new Source(
            shared("weights/open_nsfw.onnx"),
            "",
            "",
            "mean=104/117/123,std=1/1/1,order=bgr,range=byte");
    FinetuneResult result = Tuned.run(config(source));
    assertThat(result.first().orElseThrow().top1()).isGreaterThan(0.6);
    try (ModelFile model = ModelFile.open(result.model())) {
      assertThat(model.card().classes()).hasSize(10).contains("cassette_player");
      assertThat(model.card().preprocessing().order().name()).isEqualTo("BGR");
    }
  }

  @Test
  void anOnnxModelThatDoesNotSayHowImagesArePreparedIsRefused() {
    Source source = new Source(shared("weights/open_nsfw.onnx"), "", "", "");
    assertThatThrownBy(() -> Tuned.run(config(source)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("does not say how images are prepared")
        .hasMessageContaining("data.preprocess");
    assertThat(temp.resolve("run")).doesNotExist();
  }

  @Test
  void anInceptionFromWeightsAloneGetsANewLastLayer() {
    Source source =
        new Source(
            shared("weights/inception_v3-tf-f16.safetensors"), "inception_v3.nsfwjs", "", "");
    FinetuneResult result = Tuned.run(config(source));
    // 20 validation images of ten classes: guesses have more than four right once in 23 times.
    assertThat(result.first().orElseThrow().top1()).isGreaterThan(0.2);
    try (ModelFile model = ModelFile.open(result.model())) {
      assertThat(model.card().network()).isEqualTo("inception_v3(aux=false,pool=uncounted)");
    }
  }
}
