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
 * The preprocessing that published weights expect, by network name.
 *
 * <p>A weights file does not state its preprocessing. The network's name determines it, because the
 * parameter names of each network follow one publisher.
 */
public final class KnownPreprocessing {
  static final int MAX_CLASSES = 1 << 20;

  private KnownPreprocessing() {}

  /** The preprocessing names that {@link #parse} accepts. */
  public static List<String> names() {
    return List.copyOf(PreprocessingStyle.names());
  }

  /**
   * The name of the preprocessing that the published weights of a network expect.
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
   * Parses a preprocessing for images of shape {@code input}, (C, H, W): a name, changes to the
   * network's default, or both.
   *
   * @param text for example {@code imagenet}, {@code resize=232}, {@code half,resize=256}, {@code
   *     mean=104/117/123,std=1/1/1,order=bgr,range=byte}; empty for the network's default
   * @param network a name of {@link Models}, with or without options, or of {@link
   *     PublishedWeights}
   * @throws DataException if the text cannot be parsed
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
