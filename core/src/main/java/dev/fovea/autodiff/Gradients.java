package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Derives the backward pass of a graph, from a loss or a score, by reverse-mode differentiation.
 */
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
   * The training graph with the named parameters frozen, and those whose initializer is fixed: the
   * backward pass ends at the lowest layer that has a trained parameter.
   *
   * @throws IllegalArgumentException if no parameter is left to train
   */
  public static TrainingGraph of(Graph graph, SoftmaxCrossEntropy loss, Set<String> asked) {
    Set<String> frozen = new HashSet<>(asked);
    graph.params().stream().filter(ParamSpec::fixed).forEach(p -> frozen.add(p.name()));
    Gradients g = new Gradients();
    for (Graph.Output output : graph.outputs()) {
      Grad logits = g.fresh(output.node());
      g.receive(output.node(), logits);
      g.steps.add(new BackwardStep.LossGradient(output, loss, logits));
    }
    Set<Node> wanted =
        readersOf(
            graph,
            n ->
                n.params().stream()
                    .anyMatch(p -> p.role().trainable() && !frozen.contains(p.name())));
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

  /**
   * The backward pass from a score to the named nodes, and no further; no gradients of parameters.
   *
   * @param graph without dropout and with fixed statistics in its batch norms: what it computes in
   *     inference
   * @param nodes the name of the input means the images
   * @throws IllegalArgumentException if the graph is not of that kind
   * @throws GraphException if the graph has no such node, or its logits do not depend on it
   */
  public static AttributionGraph ofScore(Graph graph, Set<String> nodes) {
    requireInferenceMode(graph);
    List<Node> kept = named(graph, nodes);
    Gradients g = new Gradients();
    Grad logits = g.fresh(graph.logits());
    g.receive(graph.logits(), logits);
    g.steps.add(new BackwardStep.ScoreGradient(graph.logits(), logits));
    Set<Node> wanted = readersOf(graph, kept::contains);
    List<Node> all = graph.nodes();
    for (int i = all.size() - 1; i >= 0; i--) {
      Node n = all.get(i);
      if (kept.contains(n)) {
        g.keep(graph, n);
      }
      if (n.inputs().stream().anyMatch(wanted::contains) && g.received.containsKey(n)) {
        g.differentiate(n, wanted);
      }
    }
    return new AttributionGraph(graph, kept, g.steps);
  }

  private static void requireInferenceMode(Graph graph) {
    for (Node n : graph.nodes()) {
      boolean draws = n.op() instanceof Op.Dropout || n.op() instanceof Op.StochasticDepth;
      boolean observes =
          n.op() instanceof Op.BatchNorm norm && !norm.fixed()
              || n.op() instanceof Op.BatchNormRelu fused && !fused.norm().fixed();
      if (draws || observes) {
        throw new IllegalArgumentException(
            "node '" + n.name() + "' computes something else in inference; fix it by a pass first");
      }
    }
  }

  private static List<Node> named(Graph graph, Set<String> names) {
    List<Node> found = graph.nodes().stream().filter(n -> names.contains(n.name())).toList();
    Set<String> missing = new TreeSet<>(names);
    found.forEach(n -> missing.remove(n.name()));
    if (!missing.isEmpty()) {
      throw new GraphException(
          graph.title() + " has no node " + missing + "; name nodes of Graph.nodes()");
    }
    return found;
  }

  private void keep(Graph graph, Node node) {
    if (!received.containsKey(node)) {
      throw new GraphException(
          "node '"
              + node.name()
              + "': the logits of "
              + graph.title()
              + " do not depend on it; name a node on the way from the images to the logits");
    }
    Grad total = total(node);
    received.put(node, List.of(total));
    steps.add(new BackwardStep.Keep(node, total));
  }

  // The nodes whose gradient is needed, since it leads to one that is asked for.
  private static Set<Node> readersOf(Graph graph, Predicate<Node> asked) {
    Set<Node> wanted = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      if (asked.test(n) || n.inputs().stream().anyMatch(wanted::contains)) {
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
    steps.add(new BackwardStep.Backward(node, dy, dx));
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
