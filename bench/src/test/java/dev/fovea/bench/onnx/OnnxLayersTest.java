package dev.fovea.bench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.bench.net.Layers;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxLayersTest {

  /**
   * Small networks that together use every kind of layer; the runtime checks every shape against
   * the declared output.
   */
  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "googlenet", "inception_v3"})
  void onnxRuntimeAcceptsTheModelAndRunsIt(String name, @TempDir Path folder) throws Exception {
    Network network = Networks.named(name).orElseThrow();
    Path file = folder.resolve("model.onnx");
    OnnxLayers.write(network, 2, file);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor images = OnnxSide.images(environment, session);
        OrtSession.Result result = session.run(Map.of("input", images))) {
      assertThat(images.getInfo().getShape())
          .containsExactly(2, 3, network.input(), network.input());
      float[][] logits = (float[][]) result.get(0).getValue();
      assertThat(logits).hasDimensions(2, network.classes());
      assertThat(logits[0]).isNotEqualTo(logits[1]);
    }
  }

  /** All parameters but biases and those of batch norm are in the file of weights, once. */
  @Test
  void theWeightsLieBesideTheModel(@TempDir Path folder) throws IOException {
    OnnxLayers.write(Networks.named("resnet20").orElseThrow(), 1, folder.resolve("model.onnx"));
    int biases = 10;
    int norms = 2 * (16 + 3 * 2 * (16 + 32 + 64));
    assertThat(Files.size(folder.resolve("model.onnx.weights")))
        .isEqualTo(4L * (269_722 - biases - norms));
    assertThat(Files.size(folder.resolve("model.onnx"))).isLessThan(40_000);
  }

  @Test
  void anAdaptivePoolThatChangesNothingIsLeftOut(@TempDir Path folder) throws IOException {
    Network pooled = new Network("pooled", 7, 10, 0, 0, new Pooled());
    OnnxLayers.write(pooled, 1, folder.resolve("model.onnx"));
    assertThat(Files.readString(folder.resolve("model.onnx"), StandardCharsets.ISO_8859_1))
        .contains("Gemm")
        .doesNotContain("Pool");
  }

  private record Pooled() implements Network.Body {
    @Override
    public <V> List<V> run(Layers<V> layers, V input, int classes) {
      return List.of(layers.linear(layers.adaptiveAveragePool(input, 7), classes));
    }
  }
}
