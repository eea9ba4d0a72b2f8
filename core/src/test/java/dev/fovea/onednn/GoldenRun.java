package dev.fovea.onednn;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.passes.FuseRelu;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One network of a golden file, run on oneDNN or on the interpreter that rounds to bfloat16. */
record GoldenRun(GoldenFile golden, Graph eval, Graph train) {
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0.1);

  static GoldenRun of(String file, String network) {
    return of(file, network, network);
  }

  /**
   * The same, for a network whose auxiliary classifiers do not take the images of inference.
   *
   * @param inference the network without them
   */
  static GoldenRun of(String file, String network, String inference) {
    GoldenFile golden = GoldenFile.of(file);
    return new GoldenRun(
        golden,
        graph(inference, golden, golden.images().evalSize()),
        graph(network, golden, golden.images().trainSize()));
  }

  private static Graph graph(String network, GoldenFile golden, int size) {
    return Models.graph(network, golden.images().classes(), Shape.of(3, size, size));
  }

  /** Elements of the smallest ReLU in training, for the whole batch. */
  long smallestRelu() {
    return train.nodes().stream()
        .filter(n -> n.op() instanceof Op.Relu)
        .mapToLong(n -> n.shape().elements() * golden.batch())
        .min()
        .orElseThrow();
  }

  /** Inference and the first step on oneDNN. */
  GoldenErrors onOneDnn(Precision precision, ConvolutionAlgorithm convolution) {
    OneDnnBackend backend = new OneDnnBackend();
    try (TrainingProgram program = training(backend, options(precision, convolution))) {
      float[] logits = new float[golden.batch() * train.classes()];
      // Over the weights as they are before the step moves the running statistics.
      try (InferenceProgram inference =
          Compilation.inference(
              eval, program.weights(), backend, options(precision, convolution))) {
        inference.run(images(eval, inference.inputType()), logits);
      }
      double loss = program.run(images(train, program.inputType()), targets(), 0).loss();
      return GoldenErrors.of(
          golden,
          doubles(logits),
          loss,
          name -> doubles(program.gradients().read(name)),
          name -> doubles(program.weights().read(name)),
          trainable());
    }
  }

  /** The losses of the first steps on oneDNN, relative to the file's: the largest difference. */
  double curveOnOneDnn(Precision precision, ConvolutionAlgorithm convolution, int steps) {
    double worst = 0;
    try (TrainingProgram program = training(new OneDnnBackend(), options(precision, convolution))) {
      ByteBuffer images = images(train, program.inputType());
      Updater updater =
          new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4)));
      for (int step = 0; step < steps; step++) {
        double expected = golden.curve()[step];
        double error = Math.abs(program.run(images, targets(), 0).loss() - expected) / expected;
        worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
        updater.step(step, 0.01);
      }
    }
    return worst;
  }

  /**
   * Inference and the first step on the interpreter, with images, weights of convolutions and every
   * value and gradient between nodes rounded to bfloat16.
   */
  GoldenErrors onRoundingInterpreter() {
    Map<String, double[]> parameters = parameters();
    for (ParamSpec p : train.params()) {
      if (p.role() == ParamSpec.Role.WEIGHT) {
        parameters.computeIfPresent(p.name(), (name, v) -> rounded(v));
      }
    }
    double[] logits =
        ReferenceProgram.infer(
            new FuseRelu().apply(eval.withoutAuxiliary()),
            parameters,
            rounded(NamedValues.images(golden.batch(), eval.inputShape())),
            GoldenRun::bf16);
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(new FuseRelu().apply(train), LOSS),
            golden.batch(),
            parameters,
            GoldenRun::bf16);
    double[] images = rounded(NamedValues.images(golden.batch(), train.inputShape()));
    double loss =
        program.step(images, NamedValues.targets(golden.batch(), train.classes()), 0).loss();
    return GoldenErrors.of(
        golden,
        logits,
        loss,
        name -> Objects.requireNonNull(program.gradients().get(name)),
        name -> Objects.requireNonNull(program.parameters().get(name)),
        trainable());
  }

  private TrainingProgram training(OneDnnBackend backend, CompileOptions options) {
    TrainingProgram program = Compilation.training(train, LOSS, backend, options);
    parameters().forEach((name, v) -> program.weights().write(name, floats(v)));
    return program;
  }

  private CompileOptions options(Precision precision, ConvolutionAlgorithm convolution) {
    return new CompileOptions(golden.batch(), precision, Memory.NORMAL, 1).convolving(convolution);
  }

  private Map<String, double[]> parameters() {
    return new LinkedHashMap<>(NamedValues.parameters(train, golden::nameOf));
  }

  private List<String> trainable() {
    return train.params().stream().filter(p -> p.role().trainable()).map(ParamSpec::name).toList();
  }

  private float[] targets() {
    return floats(NamedValues.targets(golden.batch(), train.classes()));
  }

  private ByteBuffer images(Graph graph, DType type) {
    double[] values = NamedValues.images(golden.batch(), graph.inputShape());
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
    for (double v : values) {
      if (type == DType.BF16) {
        buffer.putShort(DType.toBf16((float) v));
      } else {
        buffer.putFloat((float) v);
      }
    }
    return buffer.flip();
  }

  private static double bf16(double value) {
    return DType.fromBf16(DType.toBf16((float) value));
  }

  private static double[] rounded(double[] values) {
    return Arrays.stream(values).map(GoldenRun::bf16).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
