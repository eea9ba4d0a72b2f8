package dev.fovea.program;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.FuseRelu;
import dev.fovea.passes.SkipStochasticDepth;

/** The way from a graph to a program, on one page. */
public final class Compilation {
  private Compilation() {}

  /** Verify, make cheaper, differentiate, hand to the backend. */
  public static TrainingProgram training(
      Graph graph, SoftmaxCrossEntropy loss, Backend backend, CompileOptions options) {
    return training(graph, loss, backend, options, Frozen.nothing());
  }

  /** The same for a network of which a part stays as it is. */
  public static TrainingProgram training(
      Graph graph,
      SoftmaxCrossEntropy loss,
      Backend backend,
      CompileOptions options,
      Frozen frozen) {
    Graph fixed = new FixStatistics(frozen::fixesStatistics).apply(graph);
    Graph cheaper = cheaper(fixed, options);
    return backend.training(Gradients.of(cheaper, loss, frozen.parameters()), options);
  }

  /** Drop the auxiliary outputs, make cheaper, hand to the backend. */
  public static InferenceProgram inference(
      Graph graph, ParameterSet weights, Backend backend, CompileOptions options) {
    Graph plain = new SkipStochasticDepth().apply(graph.withoutAuxiliary());
    return backend.inference(cheaper(plain, options), weights, options);
  }

  private static Graph cheaper(Graph graph, CompileOptions options) {
    return options.with(Optimization.FUSE_RELU) ? new FuseRelu().apply(graph) : graph;
  }
}
