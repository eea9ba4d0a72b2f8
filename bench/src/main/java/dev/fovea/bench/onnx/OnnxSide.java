package dev.fovea.bench.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.fovea.bench.BenchException;
import dev.fovea.bench.Turns;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Random;

/**
 * The process of the ONNX Runtime peer: {@code OnnxSide infer MODEL BATCH THREADS}, with all graph
 * optimizations enabled.
 */
public final class OnnxSide {
  private OnnxSide() {}

  /** Builds the model in memory, loads it and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException, OrtException {
    Network network =
        Networks.named(args[1])
            .orElseThrow(
                () -> new IllegalArgumentException("there is no network '" + args[1] + "'"));
    int batch = Integer.parseInt(args[2]);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(Integer.parseInt(args[3]));
      options.setInterOpNumThreads(1);
      try (OrtSession session = environment.createSession(model(network, batch), options);
          OnnxTensor images = images(environment, network, batch)) {
        serve(session, images);
      }
    }
  }

  static byte[] model(Network network, int batch) {
    OnnxLayers layers = new OnnxLayers(batch);
    OnnxLayers.Value input = layers.input(network.input());
    return layers.model(input, network.run(layers, input).get(0));
  }

  private static void serve(OrtSession session, OnnxTensor images) throws IOException {
    Map<String, OnnxTensor> inputs = Map.of("input", images);
    Turns.serve(
        count -> {
          for (int i = 0; i < count; i++) {
            try {
              session.run(inputs).close();
            } catch (OrtException e) {
              throw new BenchException("ONNX Runtime cannot run a batch: " + e.getMessage(), e);
            }
          }
        });
  }

  private static OnnxTensor images(OrtEnvironment environment, Network network, int batch)
      throws OrtException {
    int values = batch * 3 * network.input() * network.input();
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < values; i++) {
      buffer.put(i, (float) random.nextGaussian());
    }
    return OnnxTensor.createTensor(
        environment, buffer, new long[] {batch, 3, network.input(), network.input()});
  }
}
