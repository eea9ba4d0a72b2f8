package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Derives the training graph from a graph and a loss by reverse-mode differentiation. */
public final class Gradients {
  private final Map<Node, List<Grad>> received = new IdentityHashMap<>();
  private final List<BackwardStep> steps = new ArrayList<>();
  private int nextId;

  private Gradients() {}

  /** The training graph of {@code graph} under {@code loss}. */
  public static TrainingGraph of(Graph graph, SoftmaxCrossEntropy loss) {
    return of(graph, loss, Set.of());
  }

  /**
   * The training graph with the named parameters frozen: the backward pass ends at the lowest layer
   * that has a trained parameter.
   *
   * @throws IllegalArgumentException if no parameter is left to train
   */
  public static TrainingGraph of(Graph graph, SoftmaxCrossEntropy loss, Set<String> frozen) {
    Gradients g = new Gradients();
    for (Graph.Output output : graph.outputs()) {
      Grad logits = g.fresh(output.node());
      g.receive(output.node(), logits);
      g.steps.add(new BackwardStep.LossGradient(output, logits));
    }
    Set<Node> wanted = leadToParameters(graph, frozen);
    if (wanted.isEmpty() && !frozen.isEmpty()) {
      throw new IllegalArgumentException(
          "all parameters of '" + graph.name() + "' are frozen; leave some to train");
    }
    List<Node> nodes = graph.nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (wanted.contains(nodes.get(i))) {
        g.differentiate(nodes.get(i), wanted);
      }
    }
    return new TrainingGraph(graph, loss, g.steps, frozen);
  }

  // Nodes whose gradient leads to a trained parameter; the gradient of the images is never
  // computed.
  private static Set<Node> leadToParameters(Graph graph, Set<String> frozen) {
    Set<Node> wanted = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      boolean own =
          n.params().stream().anyMatch(p -> p.role().trainable() && !frozen.contains(p.name()));
      if (own || n.inputs().stream().anyMatch(wanted::contains)) {
        wanted.add(n);
      }
    }
    return wanted;
  }

  private void differentiate(Node node, Set<Node> wanted) {
    Grad dy = total(node);
    GradientRules.Flow flow = GradientRules.of(node.op()).flow();
    if (flow == GradientRules.Flow.IDENTITY) {
      node.inputs().stream().filter(wanted::contains).forEach(in -> receive(in, dy));
      return;
    }
    List<@Nullable Grad> dx = new ArrayList<>();
    @Nullable Grad shared = null;
    for (Node in : node.inputs()) {
      if (!wanted.contains(in)) {
        dx.add(null);
      } else if (flow == GradientRules.Flow.SHARED) {
        shared = shared == null ? fresh(in) : shared;
        dx.add(shared);
        receive(in, shared);
      } else {
        Grad each = fresh(in);
        dx.add(each);
        receive(in, each);
      }
    }
    if (!(node.op() instanceof Op.Input)) {
      steps.add(new BackwardStep.Backward(node, dy, dx));
    }
  }

  private Grad total(Node node) {
    List<Grad> parts = received.getOrDefault(node, List.of());
    if (parts.isEmpty()) {
      throw new IllegalStateException(
          "node '" + node.name() + "' leads to no loss; the graph was not verified");
    }
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Grad total = fresh(node);
    steps.add(new BackwardStep.Sum(parts, total));
    return total;
  }

  private void receive(Node node, Grad grad) {
    received.computeIfAbsent(node, n -> new ArrayList<>()).add(grad);
  }

  private Grad fresh(Node of) {
    return new Grad(nextId++, of);
  }
}
