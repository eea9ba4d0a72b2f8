package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.passes.FoldNorms;
import dev.fovea.passes.SkipDropout;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.reference.QuantizedReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Networks with steps that are powers of two and parameters that are multiples of such: sums,
 * products by steps and roundings, ties included, are then exact in binary32, so that an engine and
 * the reference must agree in every value. Only batch norms, local response norms and functions
 * with exponentials still round.
 */
final class QuantizedNetworks {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final double BIAS_STEP = 1.0 / 1024;

  private QuantizedNetworks() {}

  /** A folded network with its parameters and a batch of images. */
  record Case(Graph graph, Map<String, double[]> parameters, double[] images, int batch) {

    /** Draws parameters and images. */
    static Case of(Graph network, int batch, long seed) {
      Random random = new Random(seed);
      FoldNorms folded = new FoldNorms(new SkipDropout().apply(network.withoutAuxiliary()));
      Map<String, float[]> drawn = new HashMap<>();
      network.params().forEach(p -> drawn.put(p.name(), draw(p, random)));
      Map<String, double[]> parameters = new LinkedHashMap<>();
      for (ParamSpec p : folded.graph().params()) {
        float[] values =
            folded.weights(name -> Objects.requireNonNull(drawn.get(name))).apply(p.name());
        double step =
            switch (p.role()) {
              case WEIGHT -> powerOfTwo(largest(values) / 127);
              case BIAS -> BIAS_STEP;
              default -> 1.0 / (1 << 20);
            };
        parameters.put(p.name(), roundedTo(step, values));
      }
      float[] images = new float[Math.toIntExact(batch * network.inputShape().elements())];
      for (int i = 0; i < images.length; i++) {
        images[i] = (float) random.nextGaussian();
      }
      return new Case(folded.graph(), parameters, roundedTo(1.0 / 256, images), batch);
    }

    // Such that values grow little from layer to layer: a bias must not be lost beside a sum.
    private static float[] draw(ParamSpec p, Random random) {
      float[] values = new float[Math.toIntExact(p.shape().elements())];
      double spread = Math.sqrt(1.5 * p.shape().dim(0) / values.length);
      for (int i = 0; i < values.length; i++) {
        double v = random.nextGaussian();
        values[i] =
            (float)
                switch (p.role()) {
                  case WEIGHT -> spread * v;
                  case RUNNING_VAR -> 1 + 0.2 * random.nextDouble();
                  case NORM_SCALE -> 0.7 + 0.2 * random.nextDouble();
                  default -> 0.2 * v;
                };
      }
      return values;
    }

    /** What every node computes without any rounding to 8 bits. */
    Map<String, double[]> reals() {
      return QuantizedReference.values(
          graph, parameters, new Quantization(Map.of(), Map.of()), images);
    }

    double[] expected(Quantization q) {
      return QuantizedReference.infer(graph, parameters, q, images);
    }
  }

  static void write(Case c, ParameterSet weights) {
    c.parameters().forEach((name, values) -> weights.write(name, floats(values)));
  }

  static ByteBuffer images(Case c) {
    ByteBuffer images =
        ByteBuffer.allocateDirect(4 * c.images().length).order(ByteOrder.nativeOrder());
    images.asFloatBuffer().put(floats(c.images()));
    return images;
  }

  /** The answer of the engine. */
  record Answer(float[] logits, ProgramReport report) {}

  static Answer run(Case c, Quantization q, int threads) {
    CompileOptions options =
        new CompileOptions(c.batch(), Precision.F32, CompileOptions.Memory.NORMAL, threads)
            .convolving(ConvolutionAlgorithm.DIRECT);
    try (ParameterSet weights = BACKEND.parameters(c.graph())) {
      write(c, weights);
      try (InferenceProgram program =
          Compilation.quantized(c.graph(), weights, q, BACKEND, options)) {
        ByteBuffer images = images(c);
        float[] logits = new float[c.batch() * c.graph().classes()];
        program.run(images, logits);
        // Once more, since buffers are overwritten in place.
        float[] again = new float[logits.length];
        program.run(images, again);
        if (!Arrays.equals(logits, again)) {
          throw new AssertionError("the second run of " + c.graph().title() + " differs");
        }
        return new Answer(logits, program.report());
      }
    }
  }

  /** As the quantizer places them: everything that can be multiplied in integers is. */
  static Quantization everywhere(Case c) {
    Map<String, double[]> reals = c.reals();
    Map<String, Scale> values = new HashMap<>();
    Map<String, float[]> weights = new HashMap<>();
    Consumers consumers = c.graph().consumers();
    for (Node n : c.graph().nodes()) {
      List<Node> readers = consumers.of(n);
      boolean fused =
          readers.size() == 1
              && (reads(readers.get(0), Op.Relu.class) && !(n.op() instanceof Op.MaxPool)
                  || reads(readers.get(0), Op.Add.class)
                      && n.op() instanceof Op.Conv2d
                      && readers.get(0).inputs().get(0) == n);
      if (n != c.graph().logits() && !fused) {
        values.put(n.name(), scale(Objects.requireNonNull(reals.get(n.name()))));
      }
      if (isProduct(n)) {
        weights.put(weight(n), steps(c, n));
      }
    }
    // One scale for a concatenation and its branches, and for what only selects values.
    List<Node> nodes = c.graph().nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node n = nodes.get(i);
      Scale whole = values.get(n.name());
      if (whole != null && (n.op() instanceof Op.Concat || n.op() instanceof Op.MaxPool)) {
        for (Node in : n.inputs()) {
          values.computeIfPresent(
              in.name(), (name, own) -> new Scale(whole.step(), whole.signed()));
        }
      }
    }
    return new Quantization(values, weights);
  }

  private static boolean reads(Node reader, Class<? extends Op> kind) {
    return kind.isInstance(reader.op());
  }

  /** Any nodes in 8 bits, with any sign, and a few scales. */
  static Quantization anywhere(Case c, Random random) {
    Map<String, double[]> reals = c.reals();
    Map<String, Scale> values = new HashMap<>();
    Map<String, float[]> weights = new HashMap<>();
    for (Node n : c.graph().nodes()) {
      if (random.nextInt(4) > 0) {
        double step =
            powerOfTwo(largest(Objects.requireNonNull(reals.get(n.name()))) / 127)
                * (1 << random.nextInt(2));
        values.put(n.name(), new Scale((float) step, random.nextInt(3) > 0));
      }
      if (isProduct(n) && values.containsKey(n.input().name()) && random.nextInt(5) > 0) {
        weights.put(weight(n), steps(c, n));
      }
    }
    return new Quantization(values, weights);
  }

  static boolean isProduct(Node n) {
    return n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear;
  }

  static String weight(Node n) {
    return n.param(ParamSpec.Role.WEIGHT).orElseThrow().name();
  }

  private static Scale scale(double[] values) {
    boolean signed = Arrays.stream(values).anyMatch(v -> v < 0);
    return new Scale((float) powerOfTwo(largest(values) / (signed ? 127 : 255)), signed);
  }

  // Different ones, so that a mistaken channel is noticed.
  private static float[] steps(Case c, Node n) {
    double[] values = Objects.requireNonNull(c.parameters().get(weight(n)));
    float[] steps = new float[n.shape().dim(0)];
    double step = powerOfTwo(largest(values) / 127);
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (float) (i % 3 == 1 ? 2 * step : step);
    }
    return steps;
  }

  private static double powerOfTwo(double atLeast) {
    return atLeast <= 0 ? 1.0 / 64 : Math.pow(2, Math.ceil(Math.log(atLeast) / Math.log(2)));
  }

  private static double largest(float[] values) {
    double most = 0;
    for (float v : values) {
      most = Math.max(most, Math.abs(v));
    }
    return most;
  }

  static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  private static double[] roundedTo(double step, float[] values) {
    double[] rounded = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Math.rint(values[i] / step) * step;
    }
    return rounded;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
