package dev.fovea.program;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.Passes;
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
    Graph cheaper = Passes.TRAINING.without(options.without()).apply(fixed);
    return backend.training(Gradients.of(cheaper, loss, frozen.parameters()), options);
  }

  /** Drop the auxiliary outputs, make cheaper, hand to the backend. */
  public static InferenceProgram inference(
      Graph graph, ParameterSet weights, Backend backend, CompileOptions options) {
    Graph plain = SkipStochasticDepth.of(graph.withoutAuxiliary());
    Graph cheaper = Passes.INFERENCE.without(options.without()).apply(plain);
    return backend.inference(cheaper, weights, options);
  }
}
