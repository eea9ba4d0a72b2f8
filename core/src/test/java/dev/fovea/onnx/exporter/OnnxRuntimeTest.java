package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What ONNX's own checker and ONNX Runtime say of exported models. Runs with {@code -Pinterop
 * -Dfovea.python=PYTHON}, an interpreter that has onnx, onnxruntime and numpy.
 */
@Tag("interop")
class OnnxRuntimeTest {
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

  static Stream<String> specs() {
    return ZooModel.specs().stream();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void everyNetworkGivesTheSameLogits(String spec) throws IOException {
    Graph graph = ZooModel.smallest(spec);
    compare(graph, OnnxExportOptions.STANDARD);
  }

  @ParameterizedTest
  @CsvSource({"resnet18", "preact_resnet20", "bn_inception", "inception_v3"})
  void batchNormsMayStay(String spec) throws IOException {
    compare(ZooModel.smallest(spec), new OnnxExportOptions(true, false));
  }

  /** Pools in every convention, and operations that no network of the list has in this form. */
  static Stream<String> pools() {
    return Stream.of(
        "3 2 0 false",
        "3 2 0 true",
        "3 2 1 false",
        "3 2 1 true",
        "5 3 2 true",
        "2 2 0 true",
        "3 1 1 false",
        "4 3 1 true");
  }

  @ParameterizedTest
  @MethodSource("pools")
  void poolsAreExactInBothConventions(String text) throws IOException {
    String[] w = text.split(" ");
    Window window =
        Window.square(Integer.parseInt(w[0]))
            .stride(Integer.parseInt(w[1]))
            .pad(Integer.parseInt(w[2]));
    boolean ceil = Boolean.parseBoolean(w[3]);
    for (Shape shape : List.of(Shape.of(3, 14, 11), Shape.of(3, 15, 13), Shape.of(3, 12, 16))) {
      for (Op op :
          List.of(
              new Op.AvgPool(window, ceil, true),
              new Op.AvgPool(window, ceil, false),
              new Op.MaxPool(window, ceil))) {
        GraphBuilder g = new GraphBuilder("pools");
        Node x = g.add("pool", op, g.input(shape));
        x = g.add("adaptive", new Op.AdaptiveAvgPool(3, 2), x);
        compare(
            g.build(g.linear("fc", g.flatten("flat", x), ZooModel.CLASSES)),
            OnnxExportOptions.STANDARD);
      }
    }
  }

  private static void compare(Graph graph, OnnxExportOptions options) throws IOException {
    float[] expected = ZooModel.logits(graph, name -> ZooModel.values(graph, name));
    double off =
        difference(
            graph,
            ZooModel.card(graph),
            options,
            OnnxRuntime.bytes(ZooModel.images(graph)),
            expected);
    assertThat(off).as("%s differs relative to its largest logit", graph.name()).isLessThan(MOST);
  }

  @ParameterizedTest
  @CsvSource({
    "bilinear, 3, RGB, UNIT, 97, 63",
    "bilinear, 3, BGR, BYTE, 61, 75",
    "bicubic, 3, RGB, UNIT, 130, 88",
    "bilinear, 1, RGB, UNIT, 70, 90",
    "nearest, 3, RGB, UNIT, 90, 70",
    "bicubic, 3, RGB, UNIT, 40, 30"
  })
  void preprocessingInTheGraphIsPillowsToOneLevel(
      String filter,
      int channels,
      Preprocessing.ChannelOrder order,
      Preprocessing.ValueRange range,
      int width,
      int height)
      throws IOException {
    List<Double> mean = Preprocessing.IMAGENET_MEAN.subList(0, channels);
    List<Double> std = Preprocessing.IMAGENET_STD.subList(0, channels);
    Preprocessing p =
        new Preprocessing(
            channels,
            32,
            32,
            37,
            Interpolation.parse(filter),
            mean,
            std,
            order,
            range,
            Decoding.EXACT);
    GraphBuilder g = new GraphBuilder("pixels");
    Graph graph = g.build(g.flatten("flat", g.input(Shape.of(channels, 32, 32))));
    Image image = Image.black(width, height);
    new SplittableRandom(3).nextBytes(image.rgb());
    List<String> classes =
        java.util.stream.IntStream.range(0, graph.classes()).mapToObj(i -> "p" + i).toList();
    ModelCard card =
        new ModelCard(
            "pixels",
            graph.inputShape(),
            classes,
            p,
            "{}",
            java.util.Map.of(),
            new ModelCard.Origin("", ""));
    double level = (range == Preprocessing.ValueRange.UNIT ? 1 / 255.0 : 1) / 0.224;
    float[] expected = p.apply(image);
    double off =
        differenceOf(
            graph,
            card,
            new OnnxExportOptions(false, true),
            image.rgb(),
            "1," + height + "," + width + ",3",
            expected);
    assertThat(off).isLessThan(1.01 * level);
  }

  private static double difference(
      Graph graph, ModelCard card, OnnxExportOptions options, byte[] in, float[] expected)
      throws IOException {
    Shape s = graph.inputShape();
    String shape = ZooModel.BATCH + "," + s.dim(0) + "," + s.dim(1) + "," + s.dim(2);
    double largest = 0;
    for (float v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertThat(largest).isPositive().isFinite();
    return differenceOf(graph, card, options, in, shape, expected) / largest;
  }

  /** The largest absolute difference of an output of ONNX Runtime to what is expected. */
  private static double differenceOf(
      Graph graph,
      ModelCard card,
      OnnxExportOptions options,
      byte[] in,
      String shape,
      float[] expected)
      throws IOException {
    Path file = folder.resolve("model.onnx");
    OnnxWriter writer =
        new OnnxWriter(
            OnnxExport.model(graph, name -> ZooModel.values(graph, name), card, options));
    AtomicFile.write(file, writer.size(), writer::writeTo);
    float[] values = runtime.run(file, in, shape);
    assertThat(values).hasSameSizeAs(expected);
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      most = Math.max(most, Math.abs(values[i] - expected[i]));
    }
    return most;
  }
}
