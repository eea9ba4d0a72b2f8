package dev.fovea.program;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.passes.Passes;

/** The way from a graph to a program, on one page. */
public final class Compilation {
  private Compilation() {}

  /** Verify, make cheaper, differentiate, hand to the backend. */
  public static TrainingProgram training(
      Graph graph, SoftmaxCrossEntropy loss, Backend backend, CompileOptions options) {
    Graph cheaper = Passes.TRAINING.without(options.without()).apply(graph);
    return backend.training(Gradients.of(cheaper, loss), options);
  }

  /** Drop the auxiliary outputs, make cheaper, hand to the backend. */
  public static InferenceProgram inference(
      Graph graph, ParameterSet weights, Backend backend, CompileOptions options) {
    Graph cheaper = Passes.INFERENCE.without(options.without()).apply(graph.withoutAuxiliary());
    return backend.inference(cheaper, weights, options);
  }
}
