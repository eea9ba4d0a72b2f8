package dev.fovea.onnx.importer;

import java.util.Map;
import java.util.Optional;

/** ONNX's own metadata keys for images (MetadataProps.md of its specification). */
final class ImageTexts {
  private static final String FORMAT = "Image.BitmapPixelFormat";
  private static final String RANGE = "Image.NominalPixelRange";

  private ImageTexts() {}

  /** How images are prepared, as a text; empty if the file does not say so. */
  static Optional<String> of(Map<String, String> metadata) {
    String range = metadata.getOrDefault(RANGE, "");
    String format = metadata.getOrDefault(FORMAT, "");
    if (range.isEmpty() && format.isEmpty()) {
      return Optional.empty();
    }
    String values =
        switch (range) {
          case "Normalized_0_1" -> "unit";
          case "Normalized_1_1" -> "half";
          default -> "unit,range=byte";
        };
    return Optional.of(values + (format.startsWith("Bgr") ? ",order=bgr" : ""));
  }
}
