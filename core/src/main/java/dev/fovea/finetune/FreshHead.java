package dev.fovea.finetune;

import dev.fovea.eval.Features;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.models.Models;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network whose last layer is a linear one for other classes, found by structure: the last layer
 * with weights, whose results nothing but poolings and activations change. Auxiliary classifiers
 * are left out, because they have nothing to say of the new classes.
 *
 * @param network with the new last layer, under a name that rebuilds it
 * @param body up to the features, which the last layer reads; its parameters are those of the
 *     network that was given
 */
record FreshHead(Graph network, Graph body) {
  private static final String NAME = "classifier";

  /**
   * Replaces the last layer.
   *
   * @throws GraphException if there is no single last layer with weights, naming the nodes
   */
  static FreshHead of(Graph given, int classes) {
    Graph body = Features.of(given).body();
    boolean plain =
        given.outputs().size() == 1 && given.logits().op() instanceof Op.Linear l && l.bias();
    Graph network =
        plain
            ? Models.graph(Models.spec(given), classes, given.inputShape())
            : onTop(given, body, classes);
    return new FreshHead(network, body);
  }

  private static Graph onTop(Graph given, Graph body, int classes) {
    Set<String> taken = new HashSet<>();
    body.nodes().forEach(n -> taken.add(n.name()));
    String name = NAME;
    for (int i = 2; taken.contains(name); i++) {
      name = NAME + i;
    }
    GraphBuilder builder = new GraphBuilder(given.title());
    Node features = copy(body, builder);
    Graph whole = builder.build(builder.linear(name, features, classes));
    return Models.graph(Models.spec(whole), classes, given.inputShape());
  }

  private static Node copy(Graph body, GraphBuilder builder) {
    Map<Node, Node> copies = new IdentityHashMap<>();
    Node last = body.input();
    for (Node n : body.nodes()) {
      List<Node> inputs = n.inputs().stream().map(copies::get).toList();
      last = builder.add(n.name(), n.op(), inputs);
      copies.put(n, last);
    }
    Node logits = copies.get(body.logits());
    return logits == null ? last : logits;
  }

  /** The number of features that the last layer reads. */
  int width() {
    return body.classes();
  }

  /** The last layer. */
  Node last() {
    return network.logits();
  }
}
