package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quantize} writes a model that the other commands take, or says why it does not. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder, each test its model.
class QuantizeCommandTest {
  private static final Shape INPUT = Shape.of(3, 32, 32);
  private static final String DATA = "shapes(size=32,count=60,val=40)";

  @TempDir Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void write() {
    model = folder.resolve("model.safetensors");
    out = folder.resolve("m.int8.safetensors");
    write(model, 1);
  }

  /**
   * A ResNet-20 with random weights.
   *
   * @param share of the random weights in those of the classifier; the rest is the same for all
   *     classes
   */
  private static void write(Path file, double share) {
    List<String> classes;
    try (Dataset set = Datasets.open(DATA, Split.VAL)) {
      classes = set.classes();
    }
    Graph graph = Models.graph("resnet20", classes.size(), INPUT);
    OneDnnBackend backend = new OneDnnBackend();
    try (ParameterSet weights = backend.parameters(graph)) {
      for (ParamSpec p : graph.params()) {
        float[] values = p.initialValues(3);
        if (p.name().equals("linear.weight")) {
          int each = values.length / classes.size();
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) (share * values[i] + (1 - share) * values[i % each]);
          }
        } else if (p.name().equals("linear.bias")) {
          java.util.Arrays.fill(values, 0);
        }
        weights.write(p.name(), values);
      }
      ModelCard card =
          new ModelCard(
              "resnet20",
              INPUT,
              classes,
              Preprocessing.nativeSize(
                  32, 32, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      ModelFile.write(file, card, weights);
    }
  }

  private CommandLineRun quantize(String... more) {
    String[] args = new String[5 + more.length];
    args[0] = "quantize";
    args[1] = model.toString();
    args[2] = "-o";
    args[3] = out.toString();
    args[4] = "--images=16";
    System.arraycopy(more, 0, args, 5, more.length);
    return CommandLineRun.of(args);
  }

  @Test
  void theFileIsAModelForTheOtherCommands() throws IOException {
    JsonValue result =
        quantize("--data=" + DATA, "--max-drop=100", "--json").succeeds().json().get(0);
    assertThat(result.get("layers_in_8_bits").number()).isEqualTo(result.get("layers").number());
    assertThat(result.get("check_images").number()).isEqualTo(40);
    JsonValue evaluated =
        CommandLineRun.of("eval", out.toString(), "--data=" + DATA, "--json")
            .succeeds()
            .json()
            .get(0);
    assertThat(evaluated.get("top1").number()).isEqualTo(result.get("top1_after").number());
    assertThat(CommandLineRun.of("summary", out.toString()).succeeds().out())
        .contains("the model file holds 8-bit integers", "observer mse");
    Path table = folder.resolve("results.csv");
    CommandLineRun.of("eval", out.toString(), "--data=" + DATA, "--results-file=" + table)
        .succeeds();
    assertThat(table).content().contains(",int8,");
    CommandLineRun.of("eval", out.toString(), "--data=" + DATA, "--precision=f32")
        .failsWith(
            2, "--precision f32 does not apply to " + out, "which computes in 8-bit integers");
    String both = "--precision bf16 and --convolution direct do not apply to ";
    Path image = folder.resolve("a.png");
    ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
    String[] flags = {"--precision=bf16", "--convolution=direct"};
    CommandLineRun.of("predict", out.toString(), image.toString(), flags[0], flags[1])
        .failsWith(2, both + out, "leave them out");
    CommandLineRun.of("serve", out.toString(), flags[0]).failsWith(2, "--precision bf16 does not");
    assertThat(
            CommandLineRun.of(
                    "eval", model.toString(), out.toString(), "--data=" + DATA, "--precision=f32")
                .succeeds()
                .err())
        .contains("note: --precision f32 does not apply to " + out);
    assertThat(CommandLineRun.of("predict", out.toString(), image.toString()).succeeds().err())
        .contains("resnet20, 8-bit integers (");
    CommandLineRun.of("import", out.toString(), "-o", folder.resolve("i.safetensors").toString())
        .failsWith(2, "is a model of fovea already");
    Path onnx = folder.resolve("m.onnx");
    CommandLineRun.of("export", out.toString(), "--format=onnx", "-o", onnx.toString()).succeeds();
    CommandLineRun.of("summary", onnx.toString()).failsWith(1, "is an ONNX model", "import it");
  }

  @Test
  void theBytesDependOnModelImagesAndSeedOnly() throws IOException {
    quantize("--data=" + DATA, "--max-drop=100", "--threads=1").succeeds();
    Path first = out;
    out = folder.resolve("again.safetensors");
    quantize("--data=" + DATA, "--max-drop=100", "--threads=2").succeeds();
    assertThat(Files.readAllBytes(out)).isEqualTo(Files.readAllBytes(first));
  }

  @Test
  void whatNeedsFullPrecisionSaysSo() {
    quantize("--data=" + DATA, "--max-drop=100").succeeds();
    String text = "holds 8-bit weights, but";
    CommandLineRun.of(
            "export", out.toString(), "--format=safetensors", "-o", folder.resolve("s").toString())
        .failsWith(1, text, "use the model that it was quantized from");
    CommandLineRun.of("train", "--data=" + DATA, "--init=" + out, "--run=" + folder.resolve("r"))
        .failsWith(1, text);
    CommandLineRun.of(
            "average", out.toString(), out.toString(), "-o", folder.resolve("a").toString())
        .failsWith(1, text);
    CommandLineRun.of(
            "quantize", out.toString(), "--data=" + DATA, "-o", folder.resolve("q").toString())
        .failsWith(1, text);
  }

  @Test
  void photosWithoutLabelsAreComparedByAnswers() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    Random random = new Random(1);
    for (int i = 0; i < 12; i++) {
      BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 40 * 36; p++) {
        image.setRGB(p % 40, p / 40, random.nextInt(1 << 24));
      }
      ImageIO.write(image, "png", photos.resolve(i + ".png").toFile());
    }
    CommandLineRun run = quantize("--data=" + photos, "--min-agreement=0", "--json").succeeds();
    JsonValue result = run.json().get(0);
    assertThat(run.err()).contains("no labels, so the answers of both models are compared");
    assertThat(result.get("calibration_images").number()).isEqualTo(6);
    assertThat(result.get("check_images").number()).isEqualTo(6);
  }

  @Test
  void aModelThatLosesItsAnswersIsRefusedAndLeavesNoFile() {
    write(model, 1e-4);
    CommandLineRun run = quantize("--data=" + DATA, "--unlabeled");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("less than 95.0 % (--min-agreement), so nothing was written. Try")
        .contains("--observer min-max")
        .contains("--keep-last");
    assertThat(out).doesNotExist();
  }

  @Test
  void impossibleValuesAreRefusedBeforeAnythingIsDone() {
    quantize("--data=" + DATA, "--observer=kl").failsWith(2, "--observer is 'kl'", "mse");
    quantize("--data=" + DATA, "--weight-bits=4").failsWith(2, "--weight-bits is 4");
    quantize("--data=" + DATA, "--max-drop=-1").failsWith(2, "--max-drop is -1");
    quantize("--data=" + folder.resolve("none")).failsWith(1, "does not exist here");
    out = folder.resolve("none/m.safetensors");
    quantize("--data=" + DATA).failsWith(2, "there is no folder");
    out = folder.resolve("m.onnx");
    quantize("--data=" + DATA).failsWith(2, "would not be an ONNX model", "fovea export");
  }

  @Test
  void theLeastAgreementHoldsWithLabelsToo() {
    write(model, 1e-4);
    CommandLineRun run = quantize("--data=" + DATA, "--max-drop=100", "--min-agreement=90");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("less than 90.0 % (--min-agreement)");
    assertThat(out).doesNotExist();
  }
}
