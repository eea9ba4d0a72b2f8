package dev.fovea.interop;

import java.util.List;
import java.util.Optional;

/**
 * Published weights that need network options or preprocessing other than the defaults of their
 * architecture. Names follow timm's scheme: the architecture, a dot, and the origin of the weights.
 *
 * @param name for example, {@code inception_v3.keras}
 * @param network a name of {@link dev.fovea.models.Models} with its options
 * @param preprocessing in the form that {@link KnownPreprocessing#parse} reads
 */
public record PublishedWeights(String name, String network, String preprocessing) {
  private static final String TENSORFLOW = "inception_v3(aux=false,pool=uncounted)";

  private static final List<PublishedWeights> ALL =
      List.of(
          // keras_applications preprocesses with x / 127.5 - 1 (mode 'tf').
          new PublishedWeights("inception_v3.keras", TENSORFLOW, "half"),
          // timm's port of TensorFlow-Slim's: bicubic, floor(299 / 0.875) = 341.
          new PublishedWeights(
              "inception_v3.tf_in1k", TENSORFLOW, "half,resize=341,interpolation=bicubic"),
          // nsfwjs divides by 255 and stretches the whole image to 299x299. Here the aspect ratio
          // is kept and the center is cut out.
          new PublishedWeights("inception_v3.nsfwjs", TENSORFLOW, "unit,resize=299"));

  /** All names. */
  public static List<String> names() {
    return ALL.stream().map(PublishedWeights::name).toList();
  }

  static Optional<PublishedWeights> named(String name) {
    return ALL.stream().filter(w -> w.name().equals(name.strip())).findFirst();
  }

  /** The network for the weights called {@code name}; {@code name} itself if there are none. */
  public static String network(String name) {
    return named(name).map(PublishedWeights::network).orElse(name);
  }
}
