package dev.fovea.interop;

import dev.fovea.data.DataException;
import dev.fovea.data.Preprocessing;
import dev.fovea.data.PreprocessingStyle;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

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
   * @param network a name of {@link Models}, with or without options
   */
  public static String nameFor(String network) {
    ModelInfo info = Models.info(network);
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
   * @throws DataException if it cannot be read
   */
  public static Preprocessing parse(String text, String network, Shape input) {
    String name = nameFor(network);
    Map<String, String> changes = new TreeMap<>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length == 1) {
        name = pair[0];
      } else if (changes.put(pair[0], pair[1]) != null) {
        throw new DataException("the preprocessing names '" + pair[0] + "' twice");
      }
    }
    String chosen = name;
    PreprocessingStyle style =
        PreprocessingStyle.named(name)
            .orElseThrow(
                () ->
                    new DataException(
                        "there is no preprocessing '"
                            + chosen
                            + "'; expected one of "
                            + PreprocessingStyle.names()));
    Map<String, Object> entries = style.of(input).toMap();
    changes.forEach((key, value) -> change(entries, key, value));
    return Preprocessing.fromMap(entries);
  }

  private static void change(Map<String, Object> entries, String key, String value) {
    switch (key) {
      case "resize" -> entries.put("resize_shorter", numbers(key, value).get(0));
      case "interpolation" -> entries.put("interpolation", value);
      case "mean", "std" -> entries.put(key, numbers(key, value));
      case "order" -> entries.put("channel_order", value.toUpperCase(Locale.ROOT));
      case "range" ->
          entries.put(
              "value_range",
              value.equals("unit") ? "0..1" : value.equals("byte") ? "0..255" : value);
      default ->
          throw new DataException(
              "a preprocessing has no entry '"
                  + key
                  + "'; expected resize, interpolation, mean, std, order or range");
    }
  }

  private static List<Double> numbers(String key, String text) {
    List<Double> numbers = new ArrayList<>();
    for (String part : text.split("/", -1)) {
      try {
        numbers.add(Double.valueOf(part.strip()));
      } catch (NumberFormatException e) {
        throw new DataException(
            "the preprocessing's "
                + key
                + " is '"
                + text
                + "'; expected numbers like 0.485/0.456/0.406",
            e);
      }
    }
    return numbers;
  }
}
