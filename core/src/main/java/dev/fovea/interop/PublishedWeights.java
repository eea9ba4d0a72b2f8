package dev.fovea.interop;

import java.util.List;
import java.util.Optional;

/**
 * Public weights that need another network option or preprocessing than their architecture's name
 * says, under timm's way of naming: the architecture, a dot, and where the weights come from.
 *
 * @param name for example {@code inception_v3.keras}
 * @param network a name of {@link dev.fovea.models.Models} with its options
 * @param preprocessing as {@link KnownPreprocessing#parse} reads it
 */
public record PublishedWeights(String name, String network, String preprocessing) {
  private static final String TENSORFLOW = "inception_v3(aux=false,pool=uncounted)";

  private static final List<PublishedWeights> ALL =
      List.of(
          // keras.applications: x / 127.5 - 1.
          new PublishedWeights("inception_v3.keras", TENSORFLOW, "half"),
          // timm's port of TensorFlow-Slim's: crop fraction 0.875 of 299, rounded down.
          new PublishedWeights(
              "inception_v3.tf_in1k", TENSORFLOW, "half,resize=341,interpolation=bicubic"),
          // nsfwjs resizes to 299x299 and divides by 255.
          new PublishedWeights("inception_v3.nsfwjs", TENSORFLOW, "unit,resize=299"));

  /** All names. */
  public static List<String> names() {
    return ALL.stream().map(PublishedWeights::name).toList();
  }

  static Optional<PublishedWeights> named(String name) {
    return ALL.stream().filter(w -> w.name().equals(name.strip())).findFirst();
  }

  /** The network of the weights of this name; {@code name} itself if there are none. */
  public static String network(String name) {
    return named(name).map(PublishedWeights::network).orElse(name);
  }
}
