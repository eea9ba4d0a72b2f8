package dev.fovea.program;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Another backend that also remembers how it was asked to compile.
 *
 * @param compiled the options of every compilation, in order
 * @param weighed the algorithms for which the fastest precision was asked, in order
 */
public record RecordingBackend(
    Backend to, List<CompileOptions> compiled, List<ConvolutionAlgorithm> weighed)
    implements Backend {
  /** Records the compilations of a backend. */
  public RecordingBackend(Backend to) {
    this(to, new ArrayList<>(), new ArrayList<>());
  }

  /** The algorithms that were asked for. */
  public Set<ConvolutionAlgorithm> convolutions() {
    return new TreeSet<>(compiled.stream().map(CompileOptions::convolution).toList());
  }

  @Override
  public String name() {
    return to.name();
  }

  @Override
  public String machine() {
    return to.machine();
  }

  @Override
  public boolean supports(Precision precision) {
    return to.supports(precision);
  }

  @Override
  public PrecisionChoice fastestPrecision(ConvolutionAlgorithm convolution) {
    weighed.add(convolution);
    return to.fastestPrecision(convolution);
  }

  @Override
  public ConvolutionSupport fastConvolutions() {
    return to.fastConvolutions();
  }

  @Override
  public TrainingProgram training(TrainingGraph graph, CompileOptions options) {
    compiled.add(options);
    return to.training(graph, options);
  }

  @Override
  public InferenceProgram inference(Graph graph, ParameterSet weights, CompileOptions options) {
    compiled.add(options);
    return to.inference(graph, weights, options);
  }

  @Override
  public IntegerProducts integerProducts() {
    return to.integerProducts();
  }

  @Override
  public InferenceProgram quantized(
      Graph folded, ParameterSet weights, Quantization quantization, CompileOptions options) {
    compiled.add(options);
    return to.quantized(folded, weights, quantization, options);
  }

  @Override
  public ObservingProgram observing(
      Graph graph, ParameterSet weights, CompileOptions options, Set<String> nodes) {
    compiled.add(options);
    return to.observing(graph, weights, options, nodes);
  }

  @Override
  public AttributionProgram attribution(
      AttributionGraph graph, ParameterSet weights, CompileOptions options) {
    compiled.add(options);
    return to.attribution(graph, weights, options);
  }

  @Override
  public ParameterSet parameters(Graph graph) {
    return to.parameters(graph);
  }
}
