package dev.fovea.program;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.FuseRelu;
import dev.fovea.passes.InferenceMode;
import java.util.Set;
import java.util.stream.Collectors;

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
    Graph plain = InferenceMode.plain(graph);
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
    Graph plain = InferenceMode.plain(folded);
    return backend.quantized(plain, weights, quantization, options);
  }

  /**
   * Brings the graph to inference mode, optimizes it around the nodes that are to be read,
   * differentiates a score of its logits, and hands it to the backend.
   *
   * @param nodes names of nodes of {@code graph}, on the way from the images to the logits; that of
   *     its input means the images; with none, the program computes logits only
   * @throws GraphException if a node is not there, or not any more in inference mode
   */
  public static AttributionProgram attribution(
      Graph graph,
      ParameterSet weights,
      Backend backend,
      CompileOptions options,
      Set<String> nodes) {
    Graph plain = new InferenceMode().apply(graph);
    requireKept(graph, plain, nodes);
    Graph optimized =
        options.with(Optimization.FUSE_RELU) ? new FuseRelu(nodes).apply(plain) : plain;
    return backend.attribution(Gradients.ofScore(optimized, nodes), weights, options);
  }

  private static void requireKept(Graph written, Graph plain, Set<String> nodes) {
    Set<String> kept = plain.nodes().stream().map(Node::name).collect(Collectors.toSet());
    for (Node n : written.nodes()) {
      if (nodes.contains(n.name()) && !kept.contains(n.name())) {
        throw new GraphException(
            "node '"
                + n.name()
                + "' of "
                + written.title()
                + (n.op() instanceof Op.Dropout || n.op() instanceof Op.StochasticDepth
                    ? " passes its input on unchanged in inference; name '" + n.input().name() + "'"
                    : " belongs to an auxiliary classifier, which inference leaves out; name a"
                        + " node on the way to the main output"));
      }
    }
  }

  private static Graph optimize(Graph graph, CompileOptions options) {
    return options.with(Optimization.FUSE_RELU) ? new FuseRelu().apply(graph) : graph;
  }
}
