package dev.fovea.server.protocol;

import java.util.List;

/**
 * What a client must know of a model to ask it.
 *
 * @param name the model's name in the paths of the protocol
 * @param version its version, {@code "1"} unless said otherwise
 * @param network the network's name
 * @param channels channels of the normalized image
 * @param height height of the normalized image
 * @param width width of the normalized image
 * @param classes the names of the classes, in the order of the logits
 */
public record ModelSignature(
    String name,
    String version,
    String network,
    int channels,
    int height,
    int width,
    List<String> classes) {
  /** The input's name, that of an exported ONNX model. */
  public static final String INPUT = "input";

  /** The output of probabilities, which sum to 1; answered when a request names no output. */
  public static final String PROBABILITIES = "probabilities";

  /** The output of the numbers that the softmax turns into probabilities. */
  public static final String LOGITS = "logits";

  /** Copies the list. */
  public ModelSignature {
    classes = List.copyOf(classes);
  }

  /** Numbers of one normalized image. */
  int elements() {
    return Math.multiplyExact(Math.multiplyExact(channels, height), width);
  }
}
