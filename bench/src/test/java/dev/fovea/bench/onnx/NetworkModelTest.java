package dev.fovea.bench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import dev.fovea.onnx.OnnxFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkModelTest {

  /** Networks that together use every kind of layer. */
  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "googlenet", "inception_v3"})
  void onnxRuntimeAcceptsTheModelAndRunsIt(String name, @TempDir Path folder) throws Exception {
    Network network = Networks.named(name).orElseThrow();
    Path file = folder.resolve("model.onnx");
    NetworkModel.write(name, 2, file);
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

  @Test
  void normsStayNodesOfTheirOwn(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.onnx");
    NetworkModel.write("resnet20", 1, file);
    try (OnnxFile model = OnnxFile.open(file, false)) {
      assertThat(model.model().graph().nodes())
          .filteredOn(n -> n.operator().equals("BatchNormalization"))
          .hasSize(19);
    }
  }
}
