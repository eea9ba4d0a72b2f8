package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingStyle;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that other programs wrote become clean networks with the same values. */
@Tag("shared")
class WildFilesTest {
  private static final double CLOSE = 1e-5;

  private static Path shared(String name) {
    return Path.of(System.getProperty("fovea.shared")).resolve(name);
  }

  private static OnnxImport read(OnnxFile file, Path path) {
    return OnnxImport.of(file, path, OptionalInt.empty(), OptionalInt.empty(), 1);
  }

  private static Map<String, Long> kinds(Graph graph) {
    return graph.nodes().stream()
        .collect(Collectors.groupingBy(n -> n.op().label(), Collectors.counting()));
  }

  @Test
  void aThinResNetThatWentThroughFourProgramsIsAResNetAgain() throws IOException {
    Path path = shared("weights/open_nsfw.onnx");
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().title()).isEqualTo("open_nsfw");
      assertThat(kinds(read.graph()))
          .isEqualTo(
              Map.of(
                  "Input",
                  1L,
                  "Conv2d",
                  53L,
                  "BatchNorm",
                  53L,
                  "Relu",
                  49L,
                  "Add",
                  16L,
                  "MaxPool",
                  1L,
                  "GlobalAvgPool",
                  1L,
                  "Flatten",
                  1L,
                  "Linear",
                  1L));
      String text = Files.readString(shared("golden/open_nsfw.json"));
      List<?> rows = (List<?>) Objects.requireNonNull(JsonTree.parse(text, "golden").get("rows"));
      String pooled =
          read.graph().nodes().stream()
              .filter(n -> n.op() instanceof Op.GlobalAvgPool)
              .map(Node::name)
              .findFirst()
              .orElseThrow();
      for (Object row : rows) {
        Map<?, ?> golden = (Map<?, ?>) row;
        byte[] png = Files.readAllBytes(shared("golden/" + golden.get("image")));
        Preprocessing seen =
            PreprocessingText.changed(
                PreprocessingStyle.named("caffe").orElseThrow().of(read.graph().inputShape()),
                Map.of("resize", "224"));
        float[] planes = seen.apply(ImageDecoder.decode(png, "golden"));
        float[] logits = run(read.graph(), read, planes);
        double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
        List<?> probabilities = (List<?>) Objects.requireNonNull(golden.get("probabilities"));
        assertThat(first).isCloseTo(((Number) probabilities.get(0)).doubleValue(), within(CLOSE));
        float[] features = run(read.graph().upTo(pooled), read, planes);
        List<?> wanted = (List<?>) Objects.requireNonNull(golden.get("features_first_16"));
        double largest = 0;
        for (float v : features) {
          largest = Math.max(largest, Math.abs(v));
        }
        double off = 0;
        for (int i = 0; i < wanted.size(); i++) {
          double expected = ((Number) wanted.get(i)).doubleValue();
          off = Math.max(off, Math.abs(features[i] - expected));
        }
        assertThat(off / largest)
            .as("first features of %s, relative to the largest", golden.get("image"))
            .isLessThan(CLOSE);
      }
    }
  }

  private static float[] run(Graph graph, OnnxImport read, float[] planes) {
    OneDnnBackend backend = new OneDnnBackend();
    CompileOptions options = new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 2);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(planes.length * Float.BYTES).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(planes);
    try (ParameterSet weights = backend.parameters(graph)) {
      weights.specs().forEach(s -> weights.write(s.name(), read.weights().read(s.name())));
      try (InferenceProgram program = Compilation.inference(graph, weights, backend, options)) {
        float[] out = new float[graph.classes()];
        program.run(buffer, out);
        return out;
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "light_resnet50, resnet50",
    "light_vgg19, vgg19",
    "light_inception_v1, light_inception_v1"
  })
  void theTestModelsOfOnnxAreReadAndAnswerEvenly(String name, String network) {
    Path path = shared("golden/onnx-light/" + name + ".onnx");
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().title()).isEqualTo(network);
      int n = Math.toIntExact(read.graph().inputShape().elements());
      float[] planes = new float[n];
      for (int i = 0; i < n; i++) {
        planes[i] = (float) i / n;
      }
      float[] logits = run(read.graph(), read, planes);
      // Equal weights give equal logits, and ONNX's expected output is 0.001 for each class.
      for (float v : logits) {
        assertThat(v).isFinite().isCloseTo(logits[0], within(Math.abs(logits[0]) * 1e-5f));
      }
    }
  }
}
