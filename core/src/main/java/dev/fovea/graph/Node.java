package dev.fovea.graph;

import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * One operation in a graph: its name, its inputs, its parameters and the shape of its one output.
 *
 * <p>Immutable; two nodes are equal only if they are the same object.
 */
public final class Node {
  private final int id;
  private final String name;
  private final Op op;
  private final List<Node> inputs;
  private final List<ParamSpec> params;
  private final Shape shape;

  Node(int id, String name, Op op, List<Node> inputs, List<ParamSpec> params, Shape shape) {
    this.id = id;
    this.name = name;
    this.op = op;
    this.inputs = List.copyOf(inputs);
    this.params = List.copyOf(params);
    this.shape = shape;
  }

  /** Grows along the order of the graph that the node was built in; inputs have smaller ones. */
  public int id() {
    return id;
  }

  /** The unique name, as in a PyTorch module tree: {@code layer1.0.conv1}. */
  public String name() {
    return name;
  }

  /** What the node computes. */
  public Op op() {
    return op;
  }

  /** The nodes whose outputs it reads, in the operation's order. */
  public List<Node> inputs() {
    return inputs;
  }

  /** The only input of an operation that has one. */
  public Node input() {
    return inputs.get(0);
  }

  /** The parameters, trainable ones and running statistics, in the operation's order. */
  public List<ParamSpec> params() {
    return params;
  }

  /** The parameter with this role, if the node has one. */
  public Optional<ParamSpec> param(ParamSpec.Role role) {
    return params.stream().filter(p -> p.role() == role).findFirst();
  }

  /** The output's shape for one image: (C, H, W) or (F). */
  public Shape shape() {
    return shape;
  }

  /** For example {@code layer1.0.conv1 Conv2d 64x56x56}. */
  @Override
  public String toString() {
    return name + " " + op.label() + " " + shape;
  }
}
