package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a {@link Graph} node by node. Every error is found here, before any memory is allocated;
 * its message names the node, what it got and what was expected.
 *
 * <p>Parameters are named after their node, as in PyTorch modules: {@code conv1.weight}, {@code
 * bn1.running_mean}. Not safe for use by several threads.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node x = builder.input(Shape.of(3, 32, 32));
 * x = builder.relu("relu", builder.conv("conv", x, Op.Conv2d.of(16, Window.square(3))));
 * x = builder.flatten("flatten", builder.globalAvgPool("pool", x));
 * Graph network = builder.build(builder.linear("fc", x, 10));
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class GraphBuilder {
  private final String name;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> byName = new HashMap<>();
  private final List<Graph.Output> outputs = new ArrayList<>();

  /** Starts an empty graph with this name. */
  public GraphBuilder(String name) {
    this.name = name;
  }

  /** Adds the images, shape (C, H, W); must be the first node and the only input. */
  public Node input(Shape shape) {
    return add("input", new Op.Input(shape));
  }

  /** Adds a convolution. */
  public Node conv(String name, Node x, Op.Conv2d op) {
    return add(name, op, x);
  }

  /** Adds a batch normalization. */
  public Node batchNorm(String name, Node x, Op.BatchNorm op) {
    return add(name, op, x);
  }

  /** Adds a ReLU. */
  public Node relu(String name, Node x) {
    return add(name, new Op.Relu(), x);
  }

  /** Adds x·Φ(x), as PyTorch's {@code GELU()}. */
  public Node gelu(String name, Node x) {
    return add(name, new Op.Gelu(), x);
  }

  /** Adds x·sigmoid(x), as PyTorch's {@code SiLU()}. */
  public Node silu(String name, Node x) {
    return add(name, new Op.Silu(), x);
  }

  /** Adds a max pooling. */
  public Node maxPool(String name, Node x, Window window, boolean ceil) {
    return add(name, new Op.MaxPool(window, ceil), x);
  }

  /** Adds an average pooling. */
  public Node avgPool(String name, Node x, Op.AvgPool op) {
    return add(name, op, x);
  }

  /** Adds a global average pooling: the mean of each channel. */
  public Node globalAvgPool(String name, Node x) {
    return add(name, new Op.GlobalAvgPool(), x);
  }

  /** Adds a concatenation of branches along the channels. */
  public Node concat(String name, List<Node> branches) {
    return add(name, new Op.Concat(), branches);
  }

  /** Adds the sum of two tensors. */
  public Node add(String name, Node a, Node b) {
    return add(name, new Op.Add(), a, b);
  }

  /** Adds factor·x with a constant factor, for example logits times 1/9. */
  public Node scaled(String name, Node x, double factor) {
    return add(name, new Op.Affine(factor, 0), x);
  }

  /** Adds a flattening of (C, H, W) to (C·H·W). */
  public Node flatten(String name, Node x) {
    return add(name, new Op.Flatten(), x);
  }

  /**
   * Adds a linear layer with bias, initialized as in PyTorch: U(±1/sqrt(fan_in)) for weight and
   * bias.
   */
  public Node linear(String name, Node x, int outFeatures) {
    Initializer init = new Initializer.PyTorchDefault(Math.toIntExact(x.shape().elements()));
    return add(name, new Op.Linear(outFeatures, true, init, init), x);
  }

  /**
   * Adds any operation.
   *
   * @throws GraphException if the name is taken, an input belongs to another graph, or the
   *     operation does not accept the shapes of its inputs
   */
  public Node add(String nodeName, Op op, Node... inputs) {
    return add(nodeName, op, List.of(inputs));
  }

  /** Adds any operation, with its inputs as a list, which is copied. */
  public Node add(String nodeName, Op op, List<Node> inputs) {
    if (op instanceof Op.Input && !nodes.isEmpty()) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': node '"
              + nodeName
              + "' is a second input, expected only one, as the first node; read '"
              + nodes.get(0).name()
              + "' instead");
    }
    if (byName.containsKey(nodeName)) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': two nodes are named '"
              + nodeName
              + "'; names must be unique because parameters are stored under them");
    }
    for (Node in : inputs) {
      if (byName.get(in.name()) != in) {
        throw new GraphException(
            "node '"
                + nodeName
                + "': input '"
                + in.name()
                + "' belongs to another graph; use nodes of this builder");
      }
    }
    List<Node> ins = List.copyOf(inputs);
    Shape shape = ShapeRules.outputOf(nodeName, op, ins);
    Node node = new Node(nodes.size(), nodeName, op, ins, params(nodeName, op, ins), shape);
    nodes.add(node);
    byName.put(nodeName, node);
    return node;
  }

  /**
   * Declares {@code logits}, shape (classes), as an output: the first call declares the main
   * output, later calls auxiliary ones.
   *
   * @throws GraphException if the shapes of the outputs differ, a node is declared twice, or the
   *     loss weight is negative or, for the main output, not 1
   */
  public GraphBuilder output(Node logits, double lossWeight) {
    if (byName.get(logits.name()) != logits || logits.shape().rank() != 1) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': output '"
              + logits.name()
              + "' must be a node of this graph with shape (classes), got "
              + logits.shape());
    }
    if (outputs.isEmpty() && lossWeight != 1) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': the main output has loss weight 1, got "
              + lossWeight);
    }
    if (!outputs.isEmpty() && !logits.shape().equals(outputs.get(0).node().shape())) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': auxiliary output '"
              + logits.name()
              + "' must have as many classes as the main one, "
              + outputs.get(0).node().shape()
              + ", got "
              + logits.shape());
    }
    if (!(lossWeight >= 0 && lossWeight < Double.POSITIVE_INFINITY)
        || outputs.stream().anyMatch(o -> o.node() == logits)) {
      throw new GraphException(
          "graph '"
              + Graph.title(name)
              + "': output '"
              + logits.name()
              + "' must be given once, with a loss weight of at least 0, got "
              + lossWeight);
    }
    outputs.add(new Graph.Output(logits, lossWeight));
    return this;
  }

  /** Declares {@code logits} as the only output and returns the finished graph. */
  public Graph build(Node logits) {
    return output(logits, 1).build();
  }

  /**
   * Returns the finished graph.
   *
   * @throws GraphException if there is no output, or a node does not lead to one
   */
  public Graph build() {
    if (outputs.isEmpty()) {
      throw new GraphException(
          "graph '" + Graph.title(name) + "': no output; call output(logits, 1)");
    }
    Graph graph = new Graph(name, nodes, outputs);
    Consumers consumers = graph.consumers();
    for (Node n : nodes) {
      if (consumers.of(n).isEmpty() && outputs.stream().noneMatch(o -> o.node() == n)) {
        throw new GraphException(
            "graph '"
                + Graph.title(name)
                + "': node '"
                + n.name()
                + "' leads to no output; remove it or connect it");
      }
    }
    return graph;
  }

  private static List<ParamSpec> params(String node, Op op, List<Node> inputs) {
    List<ParamSpec> params = new ArrayList<>();
    if (op instanceof Op.Conv2d o) {
      Window w = o.window();
      int perGroup = inputs.get(0).shape().dim(0) / o.groups();
      params.add(
          new ParamSpec(
              node + ".weight",
              Role.WEIGHT,
              Shape.of(o.outChannels(), perGroup, w.kernelH(), w.kernelW()),
              o.weightInit()));
      if (o.bias()) {
        params.add(
            new ParamSpec(node + ".bias", Role.BIAS, Shape.of(o.outChannels()), o.biasInit()));
      }
    } else if (op instanceof Op.Linear o) {
      int in = inputs.get(0).shape().dim(0);
      params.add(
          new ParamSpec(
              node + ".weight", Role.WEIGHT, Shape.of(o.outFeatures(), in), o.weightInit()));
      if (o.bias()) {
        params.add(
            new ParamSpec(node + ".bias", Role.BIAS, Shape.of(o.outFeatures()), o.biasInit()));
      }
    } else if (op instanceof Op.BatchNorm || op instanceof Op.BatchNormRelu) {
      Op.BatchNorm norm = op instanceof Op.BatchNormRelu r ? r.norm() : (Op.BatchNorm) op;
      Shape c = Shape.of(inputs.get(0).shape().dim(0));
      params.add(new ParamSpec(node + ".weight", Role.NORM_SCALE, c, norm.scaleInit()));
      params.add(new ParamSpec(node + ".bias", Role.NORM_SHIFT, c, new Initializer.Constant(0)));
      params.add(
          new ParamSpec(node + ".running_mean", Role.RUNNING_MEAN, c, new Initializer.Constant(0)));
      params.add(
          new ParamSpec(node + ".running_var", Role.RUNNING_VAR, c, new Initializer.Constant(1)));
    }
    return params;
  }
}
