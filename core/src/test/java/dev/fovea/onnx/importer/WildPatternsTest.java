package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.onnx.exporter.ZooModel;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Small files in the manner of each exporter, made by {@code make.py} beside them, give what ONNX
 * Runtime computed from them; so do the files that Fovea exports again.
 */
class WildPatternsTest {
  private static final Path FILES = Path.of("src/test/resources/onnx/wild");
  private static final double MOST = 1e-5;

  @TempDir private Path folder;

  /** What ONNX Runtime computed. */
  private record Golden(int images, float scale, int side, List<?> output) {
    static Golden of(String name) throws IOException {
      Map<String, Object> all =
          JsonTree.parse(Files.readString(FILES.resolve("golden.json")), "golden");
      Map<?, ?> row = (Map<?, ?>) java.util.Objects.requireNonNull(all.get(name), name);
      return new Golden(
          ((Number) java.util.Objects.requireNonNull(row.get("images"))).intValue(),
          ((Number) java.util.Objects.requireNonNull(row.get("scale"))).floatValue(),
          ((Number) java.util.Objects.requireNonNull(row.get("side"))).intValue(),
          (List<?>) java.util.Objects.requireNonNull(row.get("output")));
    }
  }

  static Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      return files
          .map(f -> String.valueOf(f.getFileName()))
          .filter(f -> f.endsWith(".onnx"))
          .map(f -> f.substring(0, f.length() - 5))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static OnnxImport read(OnnxFile file, Path path, int side) {
    OptionalInt open = side == 0 ? OptionalInt.empty() : OptionalInt.of(side);
    return OnnxImport.of(file, path, open, OptionalInt.empty(), 1);
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFileGivesWhatOnnxRuntimeComputes(String name) throws IOException {
    Golden golden = Golden.of(name);
    Path path = FILES.resolve(name + ".onnx");
    Path again = folder.resolve("again.onnx");
    float[] images;
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path, golden.side());
      Graph graph = read.graph();
      images = images(read, golden);
      requireEqual(ZooModel.logits(graph, read.weights()::read, images), graph.classes(), golden);
      OnnxWriter writer =
          new OnnxWriter(
              OnnxExport.model(
                  graph, read.weights()::read, ZooModel.card(graph), OnnxExportOptions.STANDARD));
      try (FileChannel out =
          FileChannel.open(again, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        writer.writeTo(out);
      }
    }
    try (OnnxFile file = OnnxFile.open(again, false)) {
      OnnxImport read = read(file, again, 0);
      Graph graph = read.graph();
      requireEqual(ZooModel.logits(graph, read.weights()::read, images), graph.classes(), golden);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "torch-smooth-opset11",
        "torch-smooth-opset17",
        "torch-smooth-opset20",
        "torch-smooth-dynamo"
      })
  void whatPyTorchSpellsOutIsOneActivation(String name) {
    Path path = FILES.resolve(name + ".onnx");
    try (OnnxFile file = OnnxFile.open(path, false)) {
      List<Op> activations =
          read(file, path, 0).graph().nodes().stream()
              .map(Node::op)
              .filter(op -> !(op instanceof Op.Conv2d || op instanceof Op.Linear))
              .filter(op -> !(op instanceof Op.BatchNorm))
              .filter(op -> !op.label().contains("Pool"))
              .toList();
      assertThat(activations)
          .extracting(Op::label)
          .containsExactlyInAnyOrder("Input", "Gelu", "Gelu", "Gelu", "Silu", "Concat", "Flatten");
      assertThat(activations)
          .containsOnlyOnce(new Op.Gelu(Op.Gelu.Approximation.TANH))
          .contains(new Op.Gelu());
    }
  }

  /** The formula's images, prepared as the file itself would. */
  private static float[] images(OnnxImport read, Golden golden) {
    int channels = read.graph().inputShape().dim(0);
    int height = read.graph().inputShape().dim(1);
    int width = read.graph().inputShape().dim(2);
    Preprocessing seen =
        read.forNetwork(
            new Preprocessing(
                channels,
                height,
                width,
                height,
                Interpolation.BILINEAR,
                Collections.nCopies(channels, 0.0),
                Collections.nCopies(channels, 1.0),
                Preprocessing.ChannelOrder.RGB,
                Preprocessing.ValueRange.BYTE,
                Decoding.EXACT));
    float[] images = new float[golden.images() * channels * height * width];
    for (int i = 0; i < images.length; i++) {
      int channel = i / (height * width) % channels;
      float value = ((float) (i * 7919L % 1009) / 504.5f - 1) * golden.scale();
      images[i] = (float) ((value - seen.mean().get(channel)) / seen.std().get(channel));
    }
    return images;
  }

  private static void requireEqual(float[] logits, int classes, Golden golden) {
    assertThat(golden.output()).hasSize(logits.length);
    float[] wanted = new float[logits.length];
    double sum = 0;
    double largest = 0;
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = ((Number) golden.output().get(i)).floatValue();
      sum += wanted[i];
      largest = Math.max(largest, Math.abs(wanted[i]));
    }
    boolean probabilities = Math.abs(sum - golden.images()) < 1e-4;
    for (int i = 0; i < golden.images(); i++) {
      float[] own = java.util.Arrays.copyOfRange(logits, i * classes, (i + 1) * classes);
      for (int c = 0; c < classes; c++) {
        double value = probabilities ? softmax(own)[c] : own[c];
        assertThat(Math.abs(value - wanted[i * classes + c]) / largest)
            .as("class %s of image %s, relative to the largest", c, i)
            .isLessThan(MOST);
      }
    }
  }

  private static double[] softmax(float[] logits) {
    double[] all = new double[logits.length];
    double sum = 0;
    for (int c = 0; c < all.length; c++) {
      all[c] = Math.exp(logits[c]);
      sum += all[c];
    }
    for (int c = 0; c < all.length; c++) {
      all[c] /= sum;
    }
    return all;
  }

  private static OnnxImport opened(String name, OptionalInt classes) {
    Path path = FILES.resolve(name + ".onnx");
    try (OnnxFile file = OnnxFile.open(path, false)) {
      return OnnxImport.of(file, path, OptionalInt.of(32), classes, 1);
    }
  }

  @Test
  void aFileSaysWhatItExpectsAndWasChanged() {
    assertThat(opened("tf-slim-inception", OptionalInt.empty()).expectsImages())
        .contains("unit,range=byte");
    assertThat(opened("torch-traced", OptionalInt.empty()).expectsImages()).contains("imagenet");
    assertThat(opened("caffe2-squeezenet", OptionalInt.empty()).expectsImages()).isEmpty();
    assertThat(opened("tf-slim-inception", OptionalInt.empty()).notes())
        .anyMatch(n -> n.contains("softmax"))
        .anyMatch(n -> n.contains("took the output"));
  }

  @Test
  void classNamesInTheManyFormsOfOtherProgramsAreRead() {
    assertThat(opened("keras2onnx-thin", OptionalInt.empty()).classes())
        .contains(List.of("cat", "dog's", "a, b", "d", "e"));
  }

  @Test
  void anotherNumberOfClassesReplacesTheLastLayer() {
    for (String name : List.of("caffe2-squeezenet", "keras2onnx-thin", "torch-dynamo")) {
      OnnxImport read = opened(name, OptionalInt.of(7));
      assertThat(read.graph().classes()).isEqualTo(7);
      assertThat(read.fresh()).isNotEmpty();
    }
  }
}
