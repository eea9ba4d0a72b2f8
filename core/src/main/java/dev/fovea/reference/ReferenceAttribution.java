package dev.fovea.reference;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.BackwardStep;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.program.ProgramException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a score with respect to the outputs of nodes and to the images in float64: the
 * truth for {@link dev.fovea.program.AttributionProgram}.
 *
 * <p>All arrays are row-major: images and values (N, C, H, W) or (N, F), weights of the logits and
 * logits (N, K), parameters as {@link dev.fovea.graph.ParamSpec} says. Arrays that it returns are
 * its own and must not be modified. Not safe for use by several threads at once.
 */
public final class ReferenceAttribution {
  private final AttributionGraph graph;
  private final int batch;
  private final Tape tape;
  private final Map<String, double[]> gradients = new HashMap<>();

  /**
   * Creates a program that reads {@code parameters}.
   *
   * @throws ProgramException if a parameter is missing or has the wrong number of elements
   */
  public ReferenceAttribution(AttributionGraph graph, int batch, Map<String, double[]> parameters) {
    this(graph, batch, parameters, DoubleUnaryOperator.identity());
  }

  /** As above, but applies {@code storage} to every value and gradient passed between nodes. */
  public ReferenceAttribution(
      AttributionGraph graph,
      int batch,
      Map<String, double[]> parameters,
      DoubleUnaryOperator storage) {
    this.graph = graph;
    this.batch = batch;
    this.tape = new Tape(batch, parameters, storage, ReferenceExchange.NONE);
    ReferenceProgram.check(graph.forward(), parameters);
  }

  /**
   * Forward pass and backward pass.
   *
   * @param logitWeights the weights w of the score sum_k w_nk · logit_nk
   * @return the logits
   */
  public double[] run(double[] images, double[] logitWeights) {
    Graph forward = graph.forward();
    ReferenceProgram.checkLength("images", images.length, batch * forward.inputShape().elements());
    ReferenceProgram.checkLength(
        "weights of the logits", logitWeights.length, (long) batch * forward.classes());
    tape.clear();
    gradients.clear();
    tape.values().put(forward.input(), images);
    for (Node n : forward.nodes()) {
      if (n != forward.input()) {
        double[] value = Forward.inference(tape.call(n));
        boolean logits = n == forward.logits();
        tape.values().put(n, logits ? value : Pointwise.map(value, tape.storage()));
      }
    }
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.ScoreGradient s) {
        tape.grads().put(s.logits(), logitWeights);
      } else if (step instanceof BackwardStep.Sum s) {
        tape.sum(s);
      } else if (step instanceof BackwardStep.Keep s) {
        gradients.put(s.node().name(), tape.grad(s.gradient()));
      } else if (step instanceof BackwardStep.Backward s) {
        tape.differentiate(s, 0, new HashMap<>());
      }
    }
    return tape.value(forward.logits());
  }

  /**
   * What a node computed in the last {@link #run}.
   *
   * @throws IllegalArgumentException if the graph does not keep that node, or nothing has run
   */
  public double[] value(String node) {
    return graph.nodes().stream()
        .filter(n -> n.name().equals(node))
        .findFirst()
        .map(tape::value)
        .orElseThrow(() -> notKept(node));
  }

  /**
   * The gradient of the score with respect to a node's output in the last {@link #run}; that of the
   * images has the name of the graph's input.
   *
   * @throws IllegalArgumentException as for {@link #value}
   */
  public double[] gradient(String node) {
    double @Nullable [] gradient = gradients.get(node);
    if (gradient == null) {
      throw notKept(node);
    }
    return gradient;
  }

  private static IllegalArgumentException notKept(String node) {
    return new IllegalArgumentException(
        "no value of node '" + node + "': name it when the graph is differentiated, and run first");
  }
}
