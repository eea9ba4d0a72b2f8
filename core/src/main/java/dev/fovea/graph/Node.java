package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * One operation in a graph: its name, its inputs, its parameters and the shape of its one output.
 *
 * <p>Immutable; two nodes are equal only if they are the same object.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node input = builder.input(Shape.of(3, 32, 32));
 * System.out.println(input.name() + " " + input.shape());
 * }</pre>
 */
@Api(Api.Status.STABLE)
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

  /** The node's index in the graph it was built in; inputs have smaller ids. */
  public int id() {
    return id;
  }

  /** The node's unique name, as in a PyTorch module tree: {@code layer1.0.conv1}. */
  public String name() {
    return name;
  }

  /** The operation that the node computes. */
  public Op op() {
    return op;
  }

  /** The nodes whose outputs it reads, in the order the operation expects. */
  public List<Node> inputs() {
    return inputs;
  }

  /** The first input; for operations with a single input. */
  public Node input() {
    return inputs.get(0);
  }

  /** The parameters: trainable ones, then running statistics. */
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
