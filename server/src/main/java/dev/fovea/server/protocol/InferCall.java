package dev.fovea.server.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A request for inference, checked.
 *
 * @param id the client's name for the request, to be echoed
 * @param images what is to be classified, at least one
 * @param outputs what is to be answered, at least one
 * @param timeout how long the client waits
 */
public record InferCall(
    Optional<String> id, List<Item> images, List<Wanted> outputs, Optional<Duration> timeout) {
  /** Copies the lists. */
  public InferCall {
    images = List.copyOf(images);
    outputs = List.copyOf(outputs);
  }

  /** One image. */
  public sealed interface Item {
    /** The content of a file: JPEG, PNG, WebP and the like. */
    record Encoded(byte[] file) implements Item {}

    /** Rows of red, green, blue bytes. */
    record Pixels(int height, int width, byte[] rgb) implements Item {}

    /** What the network reads: C x H x W numbers, already normalized. */
    record Normalized(float[] values) implements Item {}
  }

  /**
   * An output that the client wants.
   *
   * @param name {@link ModelSignature#PROBABILITIES} or {@link ModelSignature#LOGITS}
   * @param binary whether its data follows the JSON as bytes
   * @param classes 0 for all numbers in class order, or how many of the best classes to name as
   *     {@code value:index:name}
   */
  public record Wanted(String name, boolean binary, int classes) {}
}
