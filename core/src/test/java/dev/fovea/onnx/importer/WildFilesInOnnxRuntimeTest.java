package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.graph.Graph;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxGraph;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.onnx.exporter.OnnxRuntime;
import dev.fovea.onnx.exporter.ZooModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ONNX Runtime says the same of a file and of what Fovea exports after importing it. */
@Tag("interop")
@Tag("shared")
class WildFilesInOnnxRuntimeTest {
  private static final double MOST = 1e-5;

  @TempDir private static Path folder;
  private static OnnxRuntime runtime;

  @BeforeAll
  static void start() throws IOException {
    runtime = new OnnxRuntime(folder);
  }

  @AfterAll
  static void end() throws InterruptedException {
    runtime.close();
  }

  @ParameterizedTest
  @CsvSource({
    "golden/onnx-light/light_inception_v1.onnx, false",
    "golden/onnx-light/light_inception_v1.onnx, true",
    "golden/onnx-light/light_resnet50.onnx, false",
    "golden/onnx-light/light_resnet50.onnx, true",
    "golden/onnx-light/light_vgg19.onnx, false",
    "golden/onnx-light/light_vgg19.onnx, true",
    "weights/open_nsfw.onnx, false"
  })
  void aFileThatGoesInAndOutAnswersTheSame(String name, boolean random) throws IOException {
    Path shared = Path.of(System.getProperty("fovea.shared")).resolve(name);
    Path in = shared;
    if (random) {
      in = folder.resolve("random.onnx");
      try (OnnxFile file = OnnxFile.open(shared, false)) {
        write(in, new OnnxWriter(withRandomWeights(file.model())));
      }
    }
    Path out = folder.resolve("out.onnx");
    Graph graph;
    boolean last;
    try (OnnxFile file = OnnxFile.open(in, false)) {
      last = isChannelsLast(file.model().graph());
      OnnxImport read = OnnxImport.of(file, in, OptionalInt.empty(), OptionalInt.empty(), 1);
      graph = read.graph();
      ModelCard card = ZooModel.card(graph);
      write(
          out,
          new OnnxWriter(
              OnnxExport.model(graph, read.weights()::read, card, OnnxExportOptions.STANDARD)));
    }
    float[] planes =
        Arrays.copyOf(ZooModel.images(graph), Math.toIntExact(graph.inputShape().elements()));
    int h = graph.inputShape().dim(1);
    int w = graph.inputShape().dim(2);
    String firstShape = last ? "1," + h + "," + w + ",3" : "1,3," + h + "," + w;
    float[] images = last ? channelsLast(planes, h * w) : planes;
    float[] first = runtime.run(in, OnnxRuntime.bytes(images), firstShape);
    float[] second = runtime.run(out, OnnxRuntime.bytes(planes), "1,3," + h + "," + w);
    float[] probabilities = softmax(second);
    assertThat(probabilities).hasSameSizeAs(first);
    double largest = 0;
    double off = 0;
    for (int i = 0; i < first.length; i++) {
      largest = Math.max(largest, first[i]);
      off = Math.max(off, Math.abs(first[i] - probabilities[i]));
    }
    assertThat(off / largest).as("relative to the largest probability").isLessThan(MOST);
    if (random) {
      Files.delete(in);
    }
    Files.delete(out);
  }

  private static boolean isChannelsLast(OnnxGraph graph) {
    return graph.inputs().stream()
        .filter(i -> graph.initializers().stream().noneMatch(t -> t.name().equals(i.name())))
        .anyMatch(i -> i.dims().get(3).size() == 3);
  }

  private static void write(Path file, OnnxWriter writer) {
    AtomicFile.write(file, writer.size(), writer::writeTo);
  }

  private static float[] channelsLast(float[] planes, int cells) {
    float[] images = new float[planes.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = planes[i % 3 * cells + i / 3];
    }
    return images;
  }

  private static float[] softmax(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float v : logits) {
      most = Math.max(most, v);
    }
    double sum = 0;
    for (float v : logits) {
      sum += Math.exp(v - most);
    }
    float[] all = new float[logits.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (Math.exp(logits[i] - most) / sum);
    }
    return all;
  }

  /** The model with weights in place of the nodes that fill them with one number. */
  private static OnnxModel withRandomWeights(OnnxModel model) {
    Map<String, OnnxTensor> known = new HashMap<>();
    model.graph().initializers().forEach(t -> known.put(t.name(), t));
    Map<String, Integer> places = new HashMap<>();
    for (OnnxNode n : model.graph().nodes()) {
      boolean norm = n.operator().equals("BatchNormalization");
      for (int i = 0; i < n.inputs().size(); i++) {
        places.put(n.inputs().get(i), norm ? i : 0);
      }
    }
    List<OnnxNode> nodes = new ArrayList<>();
    List<OnnxTensor> constants = new ArrayList<>(model.graph().initializers());
    for (OnnxNode n : model.graph().nodes()) {
      if (!n.operator().equals("ConstantOfShape")) {
        nodes.add(n);
        continue;
      }
      String name = n.outputs().get(0);
      List<Long> dims =
          Arrays.stream(Objects.requireNonNull(known.get(n.inputs().get(0))).longs())
              .boxed()
              .toList();
      constants.add(
          OnnxTensor.ofFloats(name, dims, () -> values(name, dims, places.getOrDefault(name, 0))));
    }
    OnnxGraph g = model.graph();
    return new OnnxModel(
        // Before IR 4 every constant was an input, too.
        Math.max(4, model.irVersion()),
        model.producer(),
        model.opsets(),
        new OnnxGraph(g.name(), nodes, constants, g.inputs(), g.outputs()),
        model.metadata());
  }

  /** Weights that keep what they are applied to at its size; {@code place} is a norm's input. */
  private static float[] values(String name, List<Long> dims, int place) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    int n = Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    double bound = dims.size() < 2 ? 0.1 : Math.sqrt(6.0 * dims.get(0) / n);
    float[] all = new float[n];
    for (int i = 0; i < n; i++) {
      double v = random.nextDouble(-1, 1);
      all[i] = (float) (place == 1 || place == 4 ? 1 + 0.3 * v : bound * v);
    }
    return all;
  }
}
