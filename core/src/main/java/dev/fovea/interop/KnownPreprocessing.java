package dev.fovea.interop;

import dev.fovea.data.DataException;
import dev.fovea.data.Interpolation;
import dev.fovea.data.Preprocessing;
import dev.fovea.data.Preprocessing.ChannelOrder;
import dev.fovea.data.Preprocessing.ValueRange;
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

  /** Sides up to this are pictures taken as they are. */
  private static final int SMALL = 64;

  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);
  private static final List<Double> ONE = List.of(1.0, 1.0, 1.0);

  /**
   * @param resize the shorter side before the cut, as a part of the network's
   */
  private record Style(
      List<Double> mean,
      List<Double> std,
      ChannelOrder order,
      ValueRange range,
      double resize,
      Interpolation interpolation) {

    static Style unit(List<Double> mean, List<Double> std) {
      return new Style(
          mean, std, ChannelOrder.RGB, ValueRange.UNIT, 8.0 / 7, Interpolation.BILINEAR);
    }

    static Style bytes(Double... meanOfBlueGreenRed) {
      return new Style(
          List.of(meanOfBlueGreenRed),
          ONE,
          ChannelOrder.BGR,
          ValueRange.BYTE,
          8.0 / 7,
          Interpolation.BILINEAR);
    }

    Preprocessing of(Shape input) {
      int h = input.dim(1);
      int w = input.dim(2);
      int side = Math.min(h, w);
      boolean small = side <= SMALL;
      return new Preprocessing(
          input.dim(0),
          h,
          w,
          small ? side : (int) Math.round(side * resize),
          small ? Interpolation.BICUBIC : interpolation,
          mean,
          std,
          order,
          range);
    }
  }

  private static final Map<String, Style> STYLES = styles();

  private KnownPreprocessing() {}

  private static Map<String, Style> styles() {
    Map<String, Style> styles = new TreeMap<>();
    // torchvision, and akamaster's CIFAR networks: the shorter side to 256, the centre of 224.
    styles.put("imagenet", Style.unit(Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD));
    // torchvision's googlenet and inception_v3 turn ImageNet-normalised input into this range.
    styles.put("half", Style.unit(HALF, HALF));
    // timm's resnetv2: crop fraction 0.95, rounded down.
    styles.put(
        "timm-half",
        new Style(
            HALF, HALF, ChannelOrder.RGB, ValueRange.UNIT, 235.0 / 224, Interpolation.BICUBIC));
    // Cadene's bn_inception.
    styles.put("cadene", Style.bytes(104.0, 117.0, 128.0));
    // BVLC's models.
    styles.put("caffe", Style.bytes(104.0, 117.0, 123.0));
    // The wide ResNets' authors, on CIFAR.
    styles.put(
        "wrn",
        Style.unit(
            List.of(125.3 / 255, 123.0 / 255, 113.9 / 255),
            List.of(63.0 / 255, 62.1 / 255, 66.7 / 255)));
    // CIFAR-10's own figures, as most other code has them.
    styles.put(
        "cifar10", Style.unit(List.of(0.4914, 0.4822, 0.4465), List.of(0.2470, 0.2435, 0.2616)));
    return styles;
  }

  /** The names that {@link #parse} knows. */
  public static List<String> names() {
    return List.copyOf(STYLES.keySet());
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
        throw new DataException("--preprocess names '" + pair[0] + "' twice");
      }
    }
    Style style = STYLES.get(name);
    if (style == null) {
      throw new DataException(
          "there is no preprocessing '" + name + "'; expected one of " + STYLES.keySet());
    }
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
              "--preprocess has no entry '"
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
            "--preprocess " + key + " is '" + text + "'; expected numbers like 0.485/0.456/0.406",
            e);
      }
    }
    return numbers;
  }
}
