package dev.fovea.program;

import dev.fovea.PlainProducts;
import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The interpreter as a backend that stores values in the asked precision; it exists to test the
 * suite that tests backends, before and besides any fast one.
 *
 * @param training what is done to a training graph first; identity, or a fault to be found
 * @param seedShift added to dropout seeds; 0, or a fault to be found
 */
record RoundedBackend(UnaryOperator<TrainingGraph> training, long seedShift) implements Backend {

  @Override
  public String name() {
    return "rounded reference";
  }

  @Override
  public String machine() {
    return "any";
  }

  @Override
  public boolean supports(Precision precision) {
    return true;
  }

  @Override
  public PrecisionChoice fastestPrecision(ConvolutionAlgorithm convolution) {
    return new PrecisionChoice(Precision.F32, "both are equally slow");
  }

  @Override
  public ConvolutionSupport fastConvolutions() {
    return new ConvolutionSupport(false, "an interpreter computes by definition");
  }

  @Override
  public TrainingProgram training(TrainingGraph graph, CompileOptions options) {
    return new Training(training.apply(graph), options, seedShift);
  }

  @Override
  public InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options) {
    return new Inference(graph, weights, options);
  }

  @Override
  public IntegerProducts integerProducts() {
    return new IntegerProducts(true, "computed in binary64");
  }

  @Override
  public InferenceProgram quantized(
      Graph folded, ParameterSet weights, Quantization quantization, CompileOptions options) {
    throw new UnsupportedOperationException("this backend is only for training");
  }

  @Override
  public ObservingProgram observing(
      Graph graph, ParameterSet weights, CompileOptions options, java.util.Set<String> nodes) {
    throw new ProgramException("the rounded interpreter observes nothing; use the engine");
  }

  @Override
  public AttributionProgram attribution(
      AttributionGraph graph, ParameterSet weights, CompileOptions options) {
    throw new ProgramException("the rounded interpreter explains nothing; use the engine");
  }

  @Override
  public ParameterSet parameters(Graph graph) {
    return new Set(graph.params());
  }

  private static DoubleUnaryOperator storage(Precision precision) {
    return precision == Precision.BF16 ? BackendConformance::bf16 : v -> (float) v;
  }

  private static double[] images(ByteBuffer buffer, long count, DType type) {
    ByteBuffer from = buffer.duplicate().order(ByteOrder.nativeOrder()).rewind();
    double[] images = new double[Math.toIntExact(count)];
    for (int i = 0; i < images.length; i++) {
      images[i] = type == DType.BF16 ? DType.fromBf16(from.getShort()) : from.getFloat();
    }
    return images;
  }

  private static DType inputType(CompileOptions options) {
    return options.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
  }

  private static ProgramReport report(CompileOptions options) {
    return new ProgramReport("rounded reference", options.precision(), 1, 0, 0, List.of());
  }

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  /** Binary32 values by name. */
  private record Set(List<ParamSpec> specs, Map<String, float[]> values) implements ParameterSet {
    Set(List<ParamSpec> specs) {
      this(specs, new LinkedHashMap<>());
      specs.forEach(p -> values.put(p.name(), new float[Math.toIntExact(p.shape().elements())]));
    }

    @Override
    public float[] read(String name) {
      return Objects.requireNonNull(values.get(name)).clone();
    }

    @Override
    public void write(String name, float[] from) {
      float[] to = Objects.requireNonNull(values.get(name));
      System.arraycopy(from, 0, to, 0, to.length);
    }

    void write(String name, double[] from) {
      float[] to = Objects.requireNonNull(values.get(name));
      for (int i = 0; i < from.length; i++) {
        to[i] = (float) from[i];
      }
    }

    Map<String, double[]> doubles() {
      Map<String, double[]> all = new LinkedHashMap<>();
      values.forEach((name, v) -> all.put(name, RoundedBackend.doubles(v)));
      return all;
    }

    @Override
    public void close() {}
  }

  private record Training(
      TrainingGraph graph, CompileOptions options, long seedShift, Set weights, Set gradients)
      implements TrainingProgram {
    Training(TrainingGraph graph, CompileOptions options, long seedShift) {
      this(
          graph,
          options,
          seedShift,
          new Set(graph.forward().params()),
          new Set(graph.forward().params().stream().filter(p -> p.role().trainable()).toList()));
    }

    @Override
    public DType inputType() {
      return RoundedBackend.inputType(options);
    }

    @Override
    public StepResult run(
        ByteBuffer images, float[] targets, long dropoutSeed, StepExchange exchange) {
      ReferenceProgram program =
          new ReferenceProgram(
              graph, options.batch(), weights.doubles(), storage(options.precision()));
      long pixels = options.batch() * graph.forward().inputShape().elements();
      StepResult result =
          program.step(
              images(images, pixels, inputType()),
              RoundedBackend.doubles(targets),
              dropoutSeed + seedShift);
      program.parameters().forEach(weights::write);
      program.gradients().forEach(gradients::write);
      for (int i = 0; i < gradients.specs().size(); i++) {
        exchange.ready(i);
      }
      return result;
    }

    @Override
    public List<FloatBuffer> gradientBuckets() {
      return gradients.values().values().stream().map(FloatBuffer::wrap).toList();
    }

    @Override
    public List<FloatBuffer> runningStatistics() {
      return weights.specs().stream()
          .filter(p -> !p.role().trainable())
          .map(p -> FloatBuffer.wrap(Objects.requireNonNull(weights.values().get(p.name()))))
          .toList();
    }

    @Override
    public StepResult profile(ByteBuffer images, float[] targets, long dropoutSeed, long[] nanos) {
      return run(images, targets, dropoutSeed);
    }

    @Override
    public void observe(ByteBuffer images, long dropoutSeed, double part, StepExchange exchange) {
      throw new AssertionError("only compared in whole steps");
    }

    @Override
    public MatrixProduct products() {
      return PlainProducts::product;
    }

    @Override
    public ParameterSet allocate(Predicate<ParamSpec> wanted) {
      return new Set(graph.forward().params().stream().filter(wanted).toList());
    }

    @Override
    public void forEachBlock(
        List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel) {
      List<ParameterSet> all = new ArrayList<>(writable);
      all.addAll(readOnly);
      for (ParamSpec p : graph.forward().params()) {
        if (all.stream().allMatch(s -> s.specs().contains(p))) {
          float[][] blocks =
              all.stream().map(s -> ((Set) s).values().get(p.name())).toArray(float[][]::new);
          for (int i = writable.size(); i < blocks.length; i++) {
            blocks[i] = Arrays.copyOf(blocks[i], blocks[i].length);
          }
          kernel.apply(p, blocks, blocks[0].length);
        }
      }
    }

    @Override
    public double gradientNorm() {
      return ReferenceOptimizers.globalNorm(gradients.doubles().values());
    }

    @Override
    public double norm(ParameterSet set, ParamSpec parameter) {
      return ReferenceOptimizers.globalNorm(
          List.of(RoundedBackend.doubles(set.read(parameter.name()))));
    }

    @Override
    public ProgramReport report() {
      return RoundedBackend.report(options);
    }

    @Override
    public void close() {}
  }

  private record Inference(Graph graph, ParameterSet weights, CompileOptions options)
      implements InferenceProgram {

    @Override
    public DType inputType() {
      return RoundedBackend.inputType(options);
    }

    @Override
    public void run(ByteBuffer images, float[] logits) {
      Map<String, double[]> parameters = new LinkedHashMap<>();
      graph.params().forEach(p -> parameters.put(p.name(), doubles(weights.read(p.name()))));
      double[] pixels =
          images(images, options.batch() * graph.inputShape().elements(), inputType());
      double[] result =
          ReferenceProgram.infer(graph, parameters, pixels, storage(options.precision()));
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) result[i];
      }
    }

    @Override
    public void profile(ByteBuffer images, float[] logits, long[] nanos) {
      run(images, logits);
    }

    @Override
    public ProgramReport report() {
      return RoundedBackend.report(options);
    }

    @Override
    public void close() {}
  }
}
