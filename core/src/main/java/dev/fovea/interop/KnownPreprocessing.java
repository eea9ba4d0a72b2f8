package dev.fovea.interop;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingStyle;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The preprocessing that public weights were trained with, by publisher and by network.
 *
 * <p>A file of weights does not say it; the network's name does, since for each there is one
 * publisher whose names ours are.
 */
public final class KnownPreprocessing {
  static final int MAX_CLASSES = 1 << 20;

  private KnownPreprocessing() {}

  /** The names that {@link #parse} knows. */
  public static List<String> names() {
    return List.copyOf(PreprocessingStyle.names());
  }

  /**
   * The name of the preprocessing that belongs to the public weights of a network.
   *
   * @param network a name of {@link Models}, with or without options, or of {@link
   *     PublishedWeights}
   */
  public static String nameFor(String network) {
    ModelInfo info = Models.info(PublishedWeights.network(network));
    String name = info.name();
    if (name.startsWith("wrn_")) {
      return "wrn";
    }
    return switch (name) {
      case "googlenet", "inception_v3", "inception_v2", "bn_inception_separable" -> "half";
      case "googlenet_paper" -> "caffe";
      case "bn_inception" -> "cadene";
      default -> name.startsWith("resnetv2_") ? "timm-half" : "imagenet";
    };
  }

  /**
   * A preprocessing for images of {@code input}: a name, or changes to the one that belongs to the
   * network, or both.
   *
   * @param text for example {@code imagenet}, {@code resize=232}, {@code half,resize=256}, {@code
   *     mean=104/117/123,std=1/1/1,order=bgr,range=byte}; empty for what belongs to the network
   * @param network a name of {@link Models}, with or without options, or of {@link
   *     PublishedWeights}
   * @throws DataException if it cannot be read
   */
  public static Preprocessing parse(String text, String network, Shape input) {
    PreprocessingText.Parts wanted = PreprocessingText.parse(text);
    PreprocessingText.Parts published =
        PreprocessingText.parse(
            PublishedWeights.named(network).map(PublishedWeights::preprocessing).orElse(""));
    boolean named = !wanted.name().isEmpty();
    Map<String, String> changes = new TreeMap<>(named ? Map.of() : published.changes());
    changes.putAll(wanted.changes());
    String chosen =
        Stream.of(wanted.name(), published.name(), nameFor(network))
            .filter(n -> !n.isEmpty())
            .findFirst()
            .orElseThrow();
    PreprocessingStyle style =
        PreprocessingStyle.named(chosen)
            .orElseThrow(
                () ->
                    new DataException(
                        "there is no preprocessing '"
                            + chosen
                            + "'; expected one of "
                            + PreprocessingStyle.names()));
    return PreprocessingText.changed(style.of(input), changes);
  }
}
