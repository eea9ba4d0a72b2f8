package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Op;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ONNX Runtime and OpenVINO compute exported GELU and SiLU as Fovea does. Runs with {@code
 * -Pinterop -Dfovea.python=PYTHON}, an interpreter that has onnx, onnxruntime, openvino and numpy.
 */
@Tag("interop")
class SmoothActivationsExportTest {
  private static final double MOST = 1e-5;

  @TempDir private static Path folder;
  private static BothRuntimes runtimes;

  @BeforeAll
  static void start() throws IOException {
    runtimes = new BothRuntimes(folder);
  }

  @AfterAll
  static void end() throws InterruptedException {
    runtimes.close();
  }

  private static void compare(Graph graph, float[] images) throws IOException {
    float[] expected = ZooModel.logits(graph, name -> ZooModel.values(graph, name), images);
    double largest = 0;
    for (float v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertThat(largest).isPositive().isFinite();
    Path file = folder.resolve("model.onnx");
    OnnxWriter writer =
        new OnnxWriter(
            OnnxExport.model(
                graph,
                name -> ZooModel.values(graph, name),
                ZooModel.card(graph),
                OnnxExportOptions.STANDARD));
    AtomicFile.write(file, writer.size(), writer::writeTo);
    for (var found : runtimes.run(file, images, graph.inputShape()).entrySet()) {
      assertThat(found.getValue()).as(found.getKey()).hasSameSizeAs(expected);
      for (int i = 0; i < expected.length; i++) {
        assertThat(found.getValue()[i])
            .as("%s of %s, value %d", found.getKey(), graph.name(), i)
            .isCloseTo(expected[i], within(MOST * largest));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "airbench94",
        "airbench95",
        "airbench96",
        "airbench94(activation=silu)",
        "airbench96(activation=silu)"
      })
  void networksOfTheListGiveTheSameLogits(String spec) throws IOException {
    Graph graph = ZooModel.smallest(spec);
    compare(graph, ZooModel.images(graph));
  }

  /** No network of the list has the form with tanh; here each is the whole network. */
  @Test
  void everyFormIsTheSameFunctionFarFromZeroToo() throws IOException {
    Shape shape = Shape.of(1, 16, 16);
    int values = Math.toIntExact(shape.elements());
    float[] near = new float[values];
    float[] far = new float[values];
    for (int i = 0; i < values; i++) {
      near[i] = (i - values / 2) / 16f;
      far[i] = i - values / 2;
    }
    for (Op form : List.of(new Op.Gelu(), new Op.Gelu(Op.Gelu.Approximation.TANH), new Op.Silu())) {
      GraphBuilder g = new GraphBuilder("smooth");
      Graph graph = g.build(g.flatten("flat", g.add("form", form, g.input(shape))));
      compare(graph, near);
      compare(graph, far);
    }
  }
}
