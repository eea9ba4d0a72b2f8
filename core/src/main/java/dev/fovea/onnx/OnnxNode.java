package dev.fovea.onnx;

import java.util.List;
import java.util.Map;

/**
 * A node of a graph: an operator applied to named values.
 *
 * @param name for people; may be empty
 * @param operator for example {@code Conv}
 * @param domain of the operator; empty for ONNX's own
 * @param inputs names of values; an empty name stands for an input that is left out
 * @param outputs names of the results
 */
public record OnnxNode(
    String name,
    String operator,
    String domain,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes) {
  /** Copies lists and map. */
  public OnnxNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Map.copyOf(attributes);
  }

  /** A node of ONNX's own operator set with one result, after which it is named. */
  public static OnnxNode of(
      String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
    return new OnnxNode(output, operator, "", inputs, List.of(output), attributes);
  }

  /** For messages: operator and name, for example {@code Conv 'conv1'}. */
  public String title() {
    String known = name.isEmpty() ? outputs.isEmpty() ? "" : outputs.get(0) : name;
    return OnnxException.printable((domain.isEmpty() ? "" : domain + ".") + operator)
        + " '"
        + OnnxException.printable(known)
        + "'";
  }
}
