package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.ClassNames;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private String other() {
    return folder.resolve("other.safetensors").toString();
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
        .contains("the classifier 'linear' was replaced: new initial values for 3 classes")
        .doesNotContain("numbered");
    ModelCard card;
    try (ModelFile written = ModelFile.open(Path.of(model()))) {
      card = written.card();
    }
    assertThat(card.classes()).containsExactly("cat", "dog", "owl");
    Files.writeString(names, "[\"cat\", \"dog\"]");
    CommandLineRun.of(
            "import", file, "--model", "resnet20", "-o", other(), "--classes", names.toString())
        .failsWith(1, "names 2 classes, but the network has 10", "--num-classes 2");
    Files.writeString(names, "cat\ncat\n");
    CommandLineRun.of(
            "import", file, "--model", "resnet20", "-o", other(), "--classes", names.toString())
        .failsWith(1, "'cat' is empty or appears twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nb\nc\n",
        "\ufeffa\r\nb\r\nc\r\n",
        "[\"a\", \"b\", \"c\"]",
        "\ufeff[\"a\", \"b\", \"c\"]\r\n",
        "{\"0\": \"a\", \"2\": \"c\", \"1\": \"b\"}",
        "\ufeff{\"0\": [\"n01440764\", \"a\"], \"1\": [\"n01443537\", \"b\"], \"2\": [\"n0\","
            + " \"c\"]}",
        "{\"c\": 2, \"a\": 0, \"b\": 1}",
        "{\"a\": \"0\", \"b\": \"1\", \"c\": \"2\"}",
        "{\"hidden\": [1, 2], \"name\": null, \"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\":"
            + " \"c\"}}",
        "{\"label2id\": {\"b\": 1, \"a\": 0, \"c\": 2}, \"depth\": 1.5}",
        "{\"architecture\": \"resnet50\", \"label_names\": [\"a\", \"b\", \"c\"]}",
        "[[\"n0\", \"a\"], [\"n1\", \"b\"], [\"n2\", \"c\"]]"
      })
  void namesOfClassesAreReadFromEveryUsualForm(String text) throws IOException {
    Path names = Files.writeString(folder.resolve("names"), text);
    assertThat(ClassNames.read(names)).containsExactly("a", "b", "c");
  }

  @Test
  void classesOfOneNameAreToldApartByTheirNumberOfTheSynset() throws IOException {
    Path names =
        Files.writeString(
            folder.resolve("index.json"),
            "{\"0\": [\"n02012849\", \"crane\"], \"1\": [\"n03126707\", \"crane\"],"
                + " \"2\": [\"n02056570\", \"king_penguin\"]}");
    assertThat(ClassNames.read(names))
        .containsExactly("crane (n02012849)", "crane (n03126707)", "king_penguin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"0\": \"a\", \"2\": \"b\"} | names 2 classes, but none has the number 1",
        "{\"a\": 0, \"b\": 0} | gives the number 0 to two classes",
        "{\"0\": 3, \"1\": 4} | where a class name was expected",
        "{\"a\": \"b\"} | without class names; expected [\"cat\", \"dog\"]",
        "{} | without class names",
        "[1, 2] | where a class name was expected",
        "{\"0\": | is not valid JSON",
        "[] | contains no class names",
        "[\"a\"] x | JSON"
      })
  void jsonWithoutNamesSaysWhatWasExpected(String text, String message) throws IOException {
    Path names = Files.writeString(folder.resolve("names"), text);
    assertThatThrownBy(() -> ClassNames.read(names))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(names + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void otherEncodingsOfNamesAreNamed() throws IOException {
    Path names = folder.resolve("names.txt");
    for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      Files.writeString(names, "\ufeffcat\ndog\n", charset);
      assertThatThrownBy(() -> ClassNames.read(names))
          .hasMessageContaining("is UTF-16 text")
          .hasMessageContaining("save it as UTF-8");
    }
    Files.write(names, new byte[] {'k', 'o', (byte) 0xe8, 'k', 'a'});
    assertThatThrownBy(() -> ClassNames.read(names)).hasMessageContaining("is not UTF-8 text");
  }

  @Test
  void anEntryIsChosenByItsName() {
    Path both = folder.resolve("both.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : Models.graph("resnet20").params()) {
      int[] dims = spec.shape().dims();
      writer.floats("student." + spec.name(), dims, () -> spec.initialValues(1));
      writer.floats("teacher." + spec.name(), dims, () -> spec.initialValues(2));
    }
    writer.write(both);
    String file = both.toString();
    CommandLineRun table = CommandLineRun.of("import", file, "--model", "resnet20", "-o", model());
    assertThat(table.code()).isEqualTo(1);
    assertThat(table.err()).contains("its names start with 'student' and 'teacher'");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model(), "--entry", "ema")
        .failsWith(1, "has no entry 'ema'", "name one with --entry");
    CommandLineRun run =
        CommandLineRun.of(
            "import", file, "--model", "resnet20", "-o", model(), "--entry", "teacher", "--json");
    JsonValue said = run.succeeds().json().get(0);
    assertThat(said.get("entry").text()).isEqualTo("teacher");
    try (SafetensorsFile written = SafetensorsFile.open(Path.of(model()))) {
      ParamSpec first = Models.graph("resnet20").params().get(0);
      assertThat(written.floats(first.name())).isEqualTo(first.initialValues(2));
    }
  }

  @Test
  void weightsOfTensorFlowsLineageGetTheirOptionAndPreprocessing() {
    String file = weights(Models.graph("inception_v3(aux=false)", 10), "");
    CommandLineRun.of("import", file, "--model", "inception_v3.nsfwjs", "-o", model()).succeeds();
    try (ModelFile written = ModelFile.open(Path.of(model()))) {
      assertThat(written.card().network()).isEqualTo("inception_v3(aux=false,pool=uncounted)");
      assertThat(written.card().preprocessing().mean()).containsOnly(0.0);
      assertThat(written.card().preprocessing().std()).containsOnly(1.0);
      assertThat(written.card().preprocessing().resizeShorter()).isEqualTo(299);
    }
    String layers = CommandLineRun.of("summary", "inception_v3(pool=uncounted)").succeeds().out();
    assertThat(layers).contains("avg pool 3x3, uncounted");
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
        .failsWith(1, "is a pickle, but not one from torch.save", "evil.pt");
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
        CommandLineRun.of("export", model(), "--format", "safetensors", "-o", other(), "--json");
    assertThat(plain.succeeds().json().get(0).get("tensors").number()).isEqualTo(97);
    CommandLineRun.of("export", model(), "--format", "tflite", "-o", out.toString())
        .failsWith(2, "expected onnx, safetensors or pytorch-names");
    CommandLineRun.of(
            "export", model(), "--format", "safetensors", "--keep-batch-norm", "-o", out.toString())
        .failsWith(2, "--keep-batch-norm belongs to --format onnx");
  }

  @Test
  void whatIsThereAlreadyIsNotOverwritten() throws IOException {
    String file = weights(Models.graph("resnet20"), "");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model()).succeeds();
    byte[] before = Files.readAllBytes(Path.of(model()));
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model(), "--num-classes=2")
        .failsWith(2, "--out: " + model() + " already exists; choose another name");
    CommandLineRun.of("export", model(), "--format", "safetensors", "-o", model())
        .failsWith(2, "--out: " + model() + " already exists; choose another name");
    CommandLineRun.of("export", model(), "--format", "onnx", "-o", folder.toString())
        .failsWith(2, "already exists; choose another name");
    Path away = folder.resolve("away").resolve("x.onnx");
    CommandLineRun.of("export", model(), "--format", "onnx", "-o", away.toString())
        .failsWith(2, "--out: there is no folder " + away.getParent() + "; make it first");
    assertThat(Path.of(model())).hasBinaryContent(before);
  }

  @Test
  void aModelGoesOutAndInAsOnnx() {
    String file = weights(Models.graph("resnet20"), "");
    CommandLineRun.of("import", file, "--model", "resnet20", "-o", model()).succeeds();
    String onnx = folder.resolve("r20.onnx").toString();
    JsonValue wrote =
        CommandLineRun.of(
                "export", model(), "--format", "onnx", "--keep-batch-norm", "-o", onnx, "--json")
            .succeeds()
            .json()
            .get(0);
    assertThat(wrote.get("opset").number()).isEqualTo(17);
    String back = folder.resolve("back.safetensors").toString();
    JsonValue read =
        CommandLineRun.of("import", onnx, "-o", back, "--json").succeeds().json().get(0);
    assertThat(read.get("network").text()).isEqualTo("resnet20");
    assertThat(read.get("tensors").number()).isEqualTo(97);
    assertThat(Path.of(back)).hasSameBinaryContentAs(Path.of(model()));
    CommandLineRun.of("import", onnx, "--model", "resnet20", "-o", other())
        .failsWith(2, "bring their own network");
    CommandLineRun.of("import", file, "-o", other()).failsWith(2, "--model is missing");
  }

  @Test
  void aNetworkOfItsOwnIsImportedTrainedAndExportedAgain() {
    GraphBuilder g = new GraphBuilder("tiny");
    Node x = g.conv("c", g.input(Shape.of(3, 16, 16)), Op.Conv2d.of(6, Window.square(3).pad(1)));
    x = g.globalAvgPool("mean", g.relu("r", g.batchNorm("n", x, Op.BatchNorm.standard())));
    Graph graph = g.build(g.linear("fc", g.flatten("flat", x), 3));
    Path onnx = folder.resolve("tiny.onnx");
    ModelCard card =
        new ModelCard(
            "tiny",
            graph.inputShape(),
            List.of("a", "b", "c"),
            Preprocessing.nativeSize(
                16, 16, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
            "{}",
            Map.of(),
            new ModelCard.Origin("", ""));
    OnnxWriter writer =
        new OnnxWriter(
            OnnxExport.model(
                graph,
                name ->
                    graph.params().stream()
                        .filter(p -> p.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .initialValues(3),
                card,
                new OnnxExportOptions(true, false)));
    AtomicFile.write(onnx, writer.size(), writer::writeTo);
    CommandLineRun said = CommandLineRun.of("import", onnx.toString(), "-o", model()).succeeds();
    assertThat(said.out()).contains("tiny").doesNotContain("=Input(");
    String run = folder.resolve("run").toString();
    CommandLineRun.of(
            "train",
            "--init",
            model(),
            "--data",
            "shapes",
            "--steps",
            "2",
            "--batch",
            "8",
            "--run",
            run,
            "--threads",
            "1")
        .succeeds();
    String again = folder.resolve("again.onnx").toString();
    CommandLineRun.of("export", run, "--format", "onnx", "-o", again).succeeds();
    assertThat(Path.of(again)).isNotEmptyFile();
  }
}
