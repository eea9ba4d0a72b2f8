package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fovea import} and {@code fovea export}, on weights made here. */
class ImportCommandTest {
  @TempDir private Path folder;

  private String weights(Graph graph, String left) {
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : graph.params()) {
      if (!spec.name().equals(left)) {
        writer.floats(spec.name(), spec.shape().dims(), () -> spec.initialValues(3));
      }
    }
    writer.write(file);
    return file.toString();
  }

  private String model() {
    return folder.resolve("model.safetensors").toString();
  }

  @Test
  void aModelFileWithClassesAndPreprocessingComesOut() {
    String file = weights(Models.graph("resnet20"), "");
    JsonValue said =
        CommandLineRun.of("import", file, "--model", "resnet20", "-o", model(), "--json")
            .succeeds()
            .json()
            .get(0);
    assertThat(said.get("tensors").number()).isEqualTo(97);
    assertThat(said.get("format").text()).isEqualTo("safetensors");
    assertThat(said.get("fresh").list()).isEmpty();
    try (ModelFile written = ModelFile.open(Path.of(model()))) {
      assertThat(written.card().classes()).startsWith("airplane", "automobile").endsWith("truck");
      assertThat(written.card().preprocessing().mean()).containsExactly(0.485, 0.456, 0.406);
      assertThat(written.graph().name()).isEqualTo("resnet20");
    }
  }

  @Test
  void aMissingTensorIsATableAndAnErrorAndNoFile() {
    String file = weights(Models.graph("resnet20"), "layer1.0.conv1.weight");
    CommandLineRun run = CommandLineRun.of("import", file, "--model", "resnet20", "-o", model());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    List<String> lines = run.err().lines().toList();
    assertThat(lines.get(0)).startsWith("what").contains("in the network", "in the file");
    assertThat(lines.get(1)).startsWith("missing").contains("layer1.0.conv1.weight", "16x16x3x3");
    assertThat(lines.get(2)).contains("error: ", "1 missing", "nothing was imported");
    assertThat(lines).hasSize(3);
    assertThat(Path.of(model())).doesNotExist();
  }

  @Test
  void aNewClassifierIsAnnouncedAndItsClassesAreNamed() throws IOException {
    String file = weights(Models.graph("resnet20"), "");
    Path names = Files.writeString(folder.resolve("names.txt"), "cat\ndog\nowl\n");
    CommandLineRun run =
        CommandLineRun.of(
            "import",
            file,
            "--model",
            "resnet20",
            "-o",
            model(),
            "--num-classes",
            "3",
            "--classes",
            names.toString());
    assertThat(run.succeeds().err())
        .contains("the classifier 'linear' was replaced: fresh values for 3 classes")
        .doesNotContain("numbered");
    ModelCard card;
    try (ModelFile written = ModelFile.open(Path.of(model()))) {
      card = written.card();
    }
    assertThat(card.classes()).containsExactly("cat", "dog", "owl");
    Files.writeString(names, "[\"cat\", \"dog\"]");
    CommandLineRun.of(
            "import", file, "--model", "resnet20", "-o", model(), "--classes", names.toString())
        .failsWith(1, "names 2 classes, but the network has 10", "--num-classes 2");
    Files.writeString(names, "cat\ncat\n");
    CommandLineRun.of(
            "import", file, "--model", "resnet20", "-o", model(), "--classes", names.toString())
        .failsWith(1, "'cat' is empty or stands twice");
  }

  @Test
  void wrongUsageIsToldApartFromBadFiles() throws IOException {
    String file = weights(Models.graph("resnet20"), "");
    CommandLineRun.of("import", file, "--model", "resnet21", "-o", model())
        .failsWith(2, "resnet20");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model(), "--preprocess", "x")
        .failsWith(2, "no preprocessing 'x'");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model(), "--num-classes", "0")
        .failsWith(2, "--num-classes");
    Path evil =
        Files.write(
            folder.resolve("evil.pt"),
            new byte[] {(byte) 0x80, 2, 'c', 'o', 's', '\n', 'x', '\n', '.'});
    CommandLineRun.of("import", evil.toString(), "--model", "resnet20", "-o", model())
        .failsWith(1, "'os.x'", "evil.pt");
  }

  @Test
  void whatIsExportedHasTheNamesOfTheStateDict() {
    String file = weights(Models.graph("resnet20"), "");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model()).succeeds();
    Path out = folder.resolve("out.safetensors");
    CommandLineRun.of("export", model(), "--format", "pytorch-names", "-o", out.toString())
        .succeeds();
    try (SafetensorsFile written = SafetensorsFile.open(out)) {
      assertThat(written.entries())
          .hasSize(97 + 19)
          .containsKey("layer3.2.bn2.num_batches_tracked");
    }
    CommandLineRun plain =
        CommandLineRun.of(
            "export", model(), "--format", "safetensors", "-o", out.toString(), "--json");
    assertThat(plain.succeeds().json().get(0).get("tensors").number()).isEqualTo(97);
    CommandLineRun.of("export", model(), "--format", "onnx", "-o", out.toString())
        .failsWith(2, "pytorch-names");
    CommandLineRun.of("export", model(), "--format", "safetensors", "-o", model())
        .failsWith(2, "the model itself");
  }
}
