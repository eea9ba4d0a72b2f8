package dev.fovea.spark.image;

import dev.fovea.InferenceRequest;
import java.util.function.Supplier;

/** What one value of an image column is to the network. */
public sealed interface ImageInput {
  /**
   * An image that can be asked about; it may still turn out to be damaged.
   *
   * @param bytes that it holds, as a measure of the memory it takes while it waits
   * @param file makes a file of it: its own, or a PPM of its pixels
   */
  record Asked(InferenceRequest request, long bytes, Supplier<byte[]> file) implements ImageInput {}

  /**
   * No image.
   *
   * @param reason one line that names the image
   */
  record Unreadable(String reason) implements ImageInput {}
}
