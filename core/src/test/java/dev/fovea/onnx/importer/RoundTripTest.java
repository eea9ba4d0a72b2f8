package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.onnx.exporter.ZooModel;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks that are exported and imported again. */
class RoundTripTest {
  private static final double MOST = 1e-5;

  @TempDir private Path folder;

  private Path export(Graph graph, Function<String, float[]> weights, boolean keep) {
    Path file = folder.resolve(graph.title().replaceAll("[^a-z0-9_]", "_") + ".onnx");
    OnnxWriter writer =
        new OnnxWriter(
            OnnxExport.model(
                graph, weights, ZooModel.card(graph), new OnnxExportOptions(keep, false)));
    AtomicFile.write(file, writer.size(), writer::writeTo);
    return file;
  }

  private static OnnxImport read(OnnxFile file, Path path) {
    return OnnxImport.of(file, path, OptionalInt.empty(), OptionalInt.empty(), 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet20",
        "resnet20(shortcut=B)",
        "plain20",
        "resnet18",
        "resnet50(stride=1x1)",
        "preact_resnet20",
        "resnetv2_50",
        "wrn_16_4",
        "resnet9",
        "airbench94",
        "googlenet(aux=false)",
        "googlenet_paper(aux=false)",
        "bn_inception",
        "inception_v3(aux=false)",
        "inception_v3(aux=false,pool=uncounted)"
      })
  void aNetworkOfTheListComesBackWithItsNameAndWeights(String spec) {
    Graph graph = ZooModel.smallest(spec);
    Path path = export(graph, name -> ZooModel.values(graph, name), true);
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().name()).isEqualTo(graph.name());
      assertThat(read.classes()).contains(ZooModel.card(graph).classes());
      assertThat(read.preprocessing()).contains(ZooModel.card(graph).preprocessing());
      ParameterSet weights = read.weights();
      for (ParamSpec p : graph.params()) {
        assertThat(weights.read(p.name())).as(p.name()).isEqualTo(ZooModel.values(p));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "resnet18", "preact_resnet20", "bn_inception"})
  void foldedNormsComeBackAsNormsThatChangeNothing(String spec) {
    Graph graph = ZooModel.smallest(spec);
    float[] expected = ZooModel.logits(graph, name -> ZooModel.values(graph, name));
    Path path = export(graph, name -> ZooModel.values(graph, name), false);
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().name()).isEqualTo(graph.name());
      assertThat(read.notes()).anyMatch(n -> n.contains("folded"));
      requireClose(ZooModel.logits(read.graph(), read.weights()::read), expected);
    }
  }

  /** ResNet-20, whose convolutions have biases before their norms, as Keras and Caffe write it. */
  private static Graph withBiases(Graph graph) {
    GraphBuilder g = new GraphBuilder("biased");
    Map<Node, Node> copies = new IdentityHashMap<>();
    for (Node n : graph.nodes()) {
      Op op =
          n.op() instanceof Op.Conv2d o
              ? o.withBias(new dev.fovea.graph.Initializer.Constant(0))
              : n.op();
      List<Node> inputs =
          n.inputs().stream().map(i -> Objects.requireNonNull(copies.get(i))).toList();
      copies.put(n, g.add(n.name(), op, inputs));
    }
    return g.build(Objects.requireNonNull(copies.get(graph.logits())));
  }

  @Test
  void biasesBeforeNormsMoveTheirMeans() {
    Graph biased = withBiases(ZooModel.smallest("resnet20"));
    float[] expected = ZooModel.logits(biased, name -> ZooModel.values(biased, name));
    Path path = export(biased, name -> ZooModel.values(biased, name), true);
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().title()).isEqualTo("resnet20");
      assertThat(read.notes()).noneMatch(n -> n.contains("folded"));
      requireClose(ZooModel.logits(read.graph(), read.weights()::read), expected);
    }
  }

  /** A network that no list has: two branches that are multiplied. */
  private static Graph own() {
    GraphBuilder g = new GraphBuilder("my own/net");
    Node in = g.input(Shape.of(3, 12, 10));
    Node x = g.conv("a b;(c)", in, Op.Conv2d.of(8, Window.of(3, 5).pad(1, 2)));
    x =
        g.batchNorm(
            "norm", x, new Op.BatchNorm(1e-4, 0.2, new dev.fovea.graph.Initializer.Constant(1)));
    Node gate = g.add("gate", new Op.Sigmoid(), g.conv("g", in, Op.Conv2d.of(8, Window.square(1))));
    x = g.add("product", new Op.Multiply(), x, gate);
    x = g.avgPool("pool", x, new Op.AvgPool(Window.square(3).stride(2).pad(1), true, true));
    return g.build(g.linear("classify", g.flatten("flat", x), ZooModel.CLASSES));
  }

  @Test
  void aNetworkOfItsOwnIsSavedAndLoaded() {
    Graph graph = own();
    String spec = Models.spec(graph);
    assertThat(spec).startsWith("my_own_net{input=Input(|3x12x10);");
    Graph named = Models.graph(spec, graph.classes(), graph.inputShape());
    assertThat(named.params()).isEqualTo(graph.params());
    assertThat(named.title()).isEqualTo("my_own_net");
    Path file = folder.resolve("own.safetensors");
    ModelCard card = ZooModel.card(named);
    Function<String, float[]> weights = name -> ZooModel.values(graph, name);
    try (ParameterSet set =
        new ImportedWeights(
            graph.params(),
            graph.params().stream()
                .collect(
                    java.util.stream.Collectors.toMap(
                        ParamSpec::name, p -> () -> ZooModel.values(p))))) {
      ModelFile.write(file, card, set);
    }
    try (ModelFile model = ModelFile.open(file)) {
      assertThat(model.graph().name()).isEqualTo(spec);
      requireClose(ZooModel.logits(model.graph(), weights), ZooModel.logits(graph, weights));
    }
    Graph other = Models.graph(spec, 7, Shape.of(3, 20, 20));
    assertThat(other.classes()).isEqualTo(7);
  }

  @Test
  void aNetworkOfItsOwnIsExportedAndImported() {
    Graph graph = own();
    Function<String, float[]> weights = name -> ZooModel.values(graph, name);
    Path path = export(graph, weights, true);
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = read(file, path);
      assertThat(read.graph().params()).hasSameSizeAs(graph.params());
      requireClose(
          ZooModel.logits(read.graph(), read.weights()::read), ZooModel.logits(graph, weights));
    }
  }

  private static void requireClose(float[] actual, float[] expected) {
    double largest = 0;
    double off = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      off = Math.max(off, Math.abs(actual[i] - expected[i]));
    }
    assertThat(off / largest).isLessThan(MOST);
  }
}
