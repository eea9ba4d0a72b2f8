package dev.fovea.onnx;

import java.util.List;

/**
 * The graph of a model.
 *
 * @param nodes in topological order, as ONNX demands
 * @param initializers the constants; in old files each is also an input
 */
public record OnnxGraph(
    String name,
    List<OnnxNode> nodes,
    List<OnnxTensor> initializers,
    List<ValueInfo> inputs,
    List<ValueInfo> outputs) {
  /** Copies the lists. */
  public OnnxGraph {
    nodes = List.copyOf(nodes);
    initializers = List.copyOf(initializers);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
