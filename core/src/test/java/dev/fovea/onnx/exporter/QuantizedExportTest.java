package dev.fovea.onnx.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.graph.Graph;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Quantization;
import dev.fovea.quantization.CalibrationImages;
import dev.fovea.quantization.QuantizationOptions;
import dev.fovea.quantization.QuantizedNetwork;
import dev.fovea.quantization.Quantizer;
import dev.fovea.reference.QuantizedReference;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ONNX Runtime and OpenVINO compute exported integers as the definition says. Runs with {@code
 * -Pinterop -Dfovea.python=PYTHON}, an interpreter that has onnx, onnxruntime, openvino and numpy.
 */
@Tag("interop")
class QuantizedExportTest {
  /**
   * Relative to the largest logit. A value halfway between two integers may be rounded to either,
   * and what follows from one such value stays far below this.
   */
  private static final double MOST = 0.02;

  private static final int IMAGES = 16;

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

  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "resnet18", "googlenet", "preact_resnet20"})
  void bothRuntimesRoundAsDefined(String spec) throws IOException {
    Graph graph = ZooModel.smallest(spec);
    QuantizedNetwork network = quantized(graph);
    Path model = folder.resolve("model.safetensors");
    ModelFile.writeQuantized(
        model,
        ZooModel.card(graph),
        network.graph(),
        new QuantizedNumbers(network.quantization(), network.addends(), Map.of()),
        name -> Objects.requireNonNull(network.weights().get(name)));
    Path onnx = folder.resolve("model.onnx");
    OnnxExport.write(model, OnnxExportOptions.STANDARD, onnx);
    double[] expected = expected(network, ZooModel.images(graph));
    double largest = 0;
    for (double v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    for (var found : runtimes.run(onnx, ZooModel.images(graph), graph.inputShape()).entrySet()) {
      double[] values = found.getValue();
      assertThat(values).as(found.getKey()).hasSameSizeAs(expected);
      for (int i = 0; i < expected.length; i++) {
        double off = Math.abs(values[i] - expected[i]) / largest;
        assertThat(off).as("%s of %s", found.getKey(), spec).isLessThan(MOST);
      }
    }
  }

  private static QuantizedNetwork quantized(Graph graph) {
    Shape s = graph.inputShape();
    ModelCard card = ZooModel.card(graph);
    try (Dataset set =
        Datasets.open("shapes(size=" + s.dim(1) + ",count=" + IMAGES + ",val=10)", Split.TRAIN)) {
      return new Quantizer(
              new OneDnnBackend(), 2, QuantizationOptions.STANDARD, (pass, images) -> {})
          .quantize(
              graph,
              name -> ZooModel.values(graph, name),
              new CalibrationImages(set, card.preprocessing(), LoaderOptions.STANDARD));
    }
  }

  /** With the results of convolutions rounded before additions, as the exported model does. */
  private static double[] expected(QuantizedNetwork network, float[] images) {
    Map<String, Quantization.Scale> values = new HashMap<>(network.quantization().values());
    values.putAll(network.addends());
    Map<String, double[]> weights = new LinkedHashMap<>();
    network.weights().forEach((name, w) -> weights.put(name, doubles(w)));
    return QuantizedReference.infer(
        network.graph(),
        weights,
        new Quantization(values, network.quantization().weights()),
        doubles(images));
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
