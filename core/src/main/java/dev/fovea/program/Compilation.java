package dev.fovea.program;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.FuseRelu;
import dev.fovea.passes.SkipDropout;

/** Compiles a graph to a program, on one page. */
public final class Compilation {
  private Compilation() {}

  /** Optimizes the graph, differentiates it, and hands it to the backend. */
  public static TrainingProgram training(
      Graph graph, SoftmaxCrossEntropy loss, Backend backend, CompileOptions options) {
    return training(graph, loss, backend, options, Frozen.nothing());
  }

  /** As above, with part of the network frozen. */
  public static TrainingProgram training(
      Graph graph,
      SoftmaxCrossEntropy loss,
      Backend backend,
      CompileOptions options,
      Frozen frozen) {
    Graph fixed = new FixStatistics(frozen::fixesStatistics).apply(graph);
    Graph optimized = optimize(fixed, options);
    return backend.training(Gradients.of(optimized, loss, frozen.parameters()), options);
  }

  /** Drops the auxiliary outputs, optimizes the graph, and hands it to the backend. */
  public static InferenceProgram inference(
      Graph graph, ParameterSet weights, Backend backend, CompileOptions options) {
    Graph plain = new SkipDropout().apply(graph.withoutAuxiliary());
    return backend.inference(optimize(plain, options), weights, options);
  }

  /**
   * Drops the auxiliary outputs, and hands the graph to the backend as it is otherwise: the names
   * of its nodes say what is kept in 8 bits.
   */
  public static InferenceProgram quantized(
      Graph folded,
      ParameterSet weights,
      Quantization quantization,
      Backend backend,
      CompileOptions options) {
    Graph plain = new SkipDropout().apply(folded.withoutAuxiliary());
    return backend.quantized(plain, weights, quantization, options);
  }

  private static Graph optimize(Graph graph, CompileOptions options) {
    return options.with(Optimization.FUSE_RELU) ? new FuseRelu().apply(graph) : graph;
  }
}
