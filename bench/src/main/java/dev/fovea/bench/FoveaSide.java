package dev.fovea.bench;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.Quantization;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Fovea's process: {@code FoveaSide train|infer MODEL BATCH f32|bf16|int8 normal|low THREADS
 * auto|direct|fast}. In int8 the model is a file, otherwise the name of a network.
 */
final class FoveaSide {
  private static final double RATE = 0.01;
  private static final long SEED = 1;

  private FoveaSide() {}

  /** Compiles the network and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException {
    boolean quantized = args[3].equals(Peer.INT8);
    Precision precision = quantized ? Precision.F32 : Precision.parse(args[3]);
    CompileOptions.Memory memory = CompileOptions.Memory.valueOf(args[4].toUpperCase(Locale.ROOT));
    CompileOptions options =
        new CompileOptions(Integer.parseInt(args[2]), precision, memory, Integer.parseInt(args[5]))
            .convolving(ConvolutionAlgorithm.parse(args[6]));
    if (quantized) {
      inferQuantized(Path.of(args[1]), options);
    } else if (Mode.of(args[0]) == Mode.TRAIN) {
      train(Models.graph(args[1]), options);
    } else {
      infer(Models.graph(args[1]), options);
    }
  }

  private static void train(Graph graph, CompileOptions options) throws IOException {
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options)) {
      fill(program.weights());
      Updater updater =
          new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4)));
      ByteBuffer images = images(graph, options.batch(), program.inputType());
      float[] targets = targets(options.batch(), graph.classes());
      long[] step = {0};
      Turns.serve(
          count -> {
            for (int i = 0; i < count; i++) {
              program.run(images, targets, step[0]);
              updater.step(step[0]++, RATE);
            }
          });
    }
  }

  private static void infer(Graph graph, CompileOptions options) throws IOException {
    Backend backend = new OneDnnBackend();
    try (ParameterSet weights = backend.parameters(graph)) {
      fill(weights);
      try (InferenceProgram program = Compilation.inference(graph, weights, backend, options)) {
        serve(graph, program, options.batch());
      }
    }
  }

  private static void inferQuantized(Path file, CompileOptions options) throws IOException {
    Backend backend = new OneDnnBackend();
    try (ModelFile model = ModelFile.open(file);
        ParameterSet weights = backend.parameters(model.graph())) {
      for (ParamSpec spec : weights.specs()) {
        weights.write(spec.name(), model.floats(spec.name()));
      }
      Quantization quantization = model.quantized().orElseThrow().quantization();
      try (InferenceProgram program =
          Compilation.quantized(model.graph(), weights, quantization, backend, options)) {
        serve(model.graph(), program, options.batch());
      }
    }
  }

  private static void serve(Graph graph, InferenceProgram program, int batch) throws IOException {
    ByteBuffer images = images(graph, batch, program.inputType());
    float[] logits = new float[batch * graph.classes()];
    Turns.serve(
        count -> {
          for (int i = 0; i < count; i++) {
            program.run(images, logits);
          }
        });
  }

  private static void fill(ParameterSet weights) {
    for (ParamSpec spec : weights.specs()) {
      weights.write(spec.name(), spec.initialValues(SEED));
    }
  }

  private static ByteBuffer images(Graph graph, int batch, DType type) {
    int values = Math.toIntExact(graph.inputShape().elements() * batch);
    ByteBuffer images =
        ByteBuffer.allocateDirect(values * type.bytes()).order(ByteOrder.nativeOrder());
    Random random = new Random(SEED);
    for (int i = 0; i < values; i++) {
      float value = (float) random.nextGaussian();
      if (type == DType.BF16) {
        images.putShort(DType.toBf16(value));
      } else {
        images.putFloat(value);
      }
    }
    return images.flip();
  }

  private static float[] targets(int batch, int classes) {
    float[] targets = new float[batch * classes];
    Random random = new Random(SEED);
    for (int i = 0; i < batch; i++) {
      targets[i * classes + random.nextInt(classes)] = 1;
    }
    return targets;
  }
}
