package dev.fovea.onnx;

import java.util.Map;

/**
 * An ONNX model.
 *
 * @param irVersion the version of the file format
 * @param producer the program that wrote it; empty if unknown
 * @param opsets the version of each operator set by its domain; ONNX's own has the empty domain
 * @param metadata free texts by key
 */
public record OnnxModel(
    long irVersion,
    String producer,
    Map<String, Long> opsets,
    OnnxGraph graph,
    Map<String, String> metadata) {
  /** Metadata key of the network's name, from which Fovea rebuilds it. */
  public static final String NETWORK = "fovea.network";

  /** Metadata key of the class names: a JSON object whose key {@code classes} holds a list. */
  public static final String CLASSES = "fovea.classes";

  /** Metadata key of the preprocessing, a JSON object. */
  public static final String PREPROCESSING = "fovea.preprocessing";

  /** Copies the maps. */
  public OnnxModel {
    opsets = Map.copyOf(opsets);
    metadata = Map.copyOf(metadata);
  }

  /** The version of ONNX's own operator set; 1, as the format says, if the file names none. */
  public long opset() {
    return opsets.getOrDefault("", 1L);
  }
}
