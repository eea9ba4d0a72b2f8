package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Batch norm + ReLU and addition + ReLU become one operation each, where the ReLU is the only reader:
 * one pass over memory instead of two, and one stored output instead of two.
 */
public final class FuseRelu implements Pass {

  @Override
  public String name() {
    return "fuse-relu";
  }

  @Override
  public Graph apply(Graph graph) {
    Map<Node, List<Node>> consumers = graph.consumers();
    GraphBuilder builder = new GraphBuilder(graph.name());
    Map<Node, Node> replaced = new IdentityHashMap<>();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Op.Relu && absorbs(n.input(), consumers)) {
        replaced.put(n, replaced.get(n.input()));
        continue;
      }
      Op op = n.op();
      if (absorbs(n, consumers)) {
        op = op instanceof Op.BatchNorm norm ? new Op.BatchNormRelu(norm) : new Op.AddRelu();
      }
      Node[] inputs = n.inputs().stream().map(replaced::get).toArray(Node[]::new);
      replaced.put(n, builder.add(n.name(), op, inputs));
    }
    for (Graph.Output o : graph.outputs()) {
      builder.output(replaced.get(o.node()), o.lossWeight());
    }
    return builder.build();
  }

  private static boolean absorbs(Node n, Map<Node, List<Node>> consumers) {
    List<Node> readers = consumers.get(n);
    return (n.op() instanceof Op.BatchNorm || n.op() instanceof Op.Add)
        && readers.size() == 1
        && readers.get(0).op() instanceof Op.Relu;
  }
}
