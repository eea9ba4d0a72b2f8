package dev.fovea.bench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import java.nio.FloatBuffer;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxLayersTest {

  /**
   * Small networks that together use every kind of layer; the runtime checks every shape against
   * the declared output.
   */
  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "googlenet", "inception_v3"})
  void onnxRuntimeAcceptsTheModelAndRunsIt(String name) throws Exception {
    Network network = Networks.named(name).orElseThrow();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    int size = network.input();
    try (OrtSession session = environment.createSession(OnnxSide.model(network, 1));
        OnnxTensor image =
            OnnxTensor.createTensor(
                environment,
                FloatBuffer.wrap(new float[3 * size * size]),
                new long[] {1, 3, size, size});
        OrtSession.Result result = session.run(Map.of("input", image))) {
      assertThat((float[][]) result.get(0).getValue()).hasDimensions(1, network.classes());
    }
  }
}
