package dev.fovea.bench.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.fovea.bench.BenchException;
import dev.fovea.bench.Turns;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * The process of the ONNX Runtime peer: {@code OnnxSide infer FILE BATCH THREADS}, with all graph
 * optimizations enabled. The model's input has the batch already.
 */
public final class OnnxSide {
  private OnnxSide() {}

  /** Loads the model and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException, OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(Integer.parseInt(args[3]));
      options.setInterOpNumThreads(1);
      try (OrtSession session = environment.createSession(args[1], options);
          OnnxTensor images = images(environment, session)) {
        serve(session, images);
      }
    }
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

  /** A batch of the shape that the model declares, with random values. */
  static OnnxTensor images(OrtEnvironment environment, OrtSession session) throws OrtException {
    NodeInfo input = Objects.requireNonNull(session.getInputInfo().get("input"), "input");
    long[] shape = ((TensorInfo) input.getInfo()).getShape();
    int values = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < values; i++) {
      buffer.put(i, (float) random.nextGaussian());
    }
    return OnnxTensor.createTensor(environment, buffer, shape);
  }
}
