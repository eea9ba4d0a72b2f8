package dev.fovea.spark.image;

import dev.fovea.InferenceRequest;

/** What one value of an image column is to the network. */
public sealed interface ImageInput {
  /**
   * An image that can be asked about; it may still turn out to be damaged.
   *
   * @param bytes that it holds, as a measure of the memory it takes while it waits
   */
  record Asked(InferenceRequest request, long bytes) implements ImageInput {}

  /**
   * No image.
   *
   * @param reason one line that names the image
   */
  record Unreadable(String reason) implements ImageInput {}
}
