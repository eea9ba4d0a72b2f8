package dev.fovea.onnx.exporter;

import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Collects nodes and constants of a graph; ONNX wants one name for each value. */
final class NodeList {
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final List<OnnxTensor> constants = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  List<OnnxNode> nodes() {
    return nodes;
  }

  List<OnnxTensor> constants() {
    return constants;
  }

  /** The name itself if no value has it yet, else one like it. */
  String unique(String name) {
    String free = name;
    for (int i = 1; !names.add(free); i++) {
      free = name + "." + i;
    }
    return free;
  }

  /** Adds a node and returns the name of its result. */
  String add(String operator, String name, Map<String, Attribute> attributes, String... inputs) {
    return add(operator, name, attributes, List.of(inputs));
  }

  String add(String operator, String name, Map<String, Attribute> attributes, List<String> inputs) {
    String result = unique(name);
    nodes.add(OnnxNode.of(operator, inputs, result, attributes));
    return result;
  }

  /** Gives the value {@code last} the name {@code output}, which {@link #unique} has returned. */
  void finish(String last, String output) {
    OnnxNode node = nodes.isEmpty() ? null : nodes.get(nodes.size() - 1);
    if (node != null && node.outputs().equals(List.of(last))) {
      nodes.set(
          nodes.size() - 1,
          new OnnxNode(
              last, node.operator(), "", node.inputs(), List.of(output), node.attributes()));
    } else {
      nodes.add(OnnxNode.of("Identity", List.of(last), output, Map.of()));
    }
  }

  String floats(String name, int[] dims, Supplier<float[]> values) {
    String result = unique(name);
    List<Long> sizes = java.util.Arrays.stream(dims).asLongStream().boxed().toList();
    constants.add(OnnxTensor.ofFloats(result, sizes, values));
    return result;
  }

  String scalar(String name, double value) {
    return floats(name, new int[0], () -> new float[] {(float) value});
  }

  String integers(String name, OnnxType type, int[] dims, Supplier<long[]> values) {
    String result = unique(name);
    List<Long> sizes = java.util.Arrays.stream(dims).asLongStream().boxed().toList();
    constants.add(new OnnxTensor(result, type, sizes, values::get));
    return result;
  }

  String longs(String name, long... values) {
    String result = unique(name);
    constants.add(OnnxTensor.ofLongs(result, values));
    return result;
  }
}
