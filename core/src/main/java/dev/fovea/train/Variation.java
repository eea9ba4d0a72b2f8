package dev.fovea.train;

import dev.fovea.data.Augment;
import dev.fovea.data.Cutout;
import dev.fovea.data.DataException;
import dev.fovea.data.HorizontalFlip;
import dev.fovea.data.Interpolation;
import dev.fovea.data.PadCrop;
import dev.fovea.data.Preprocessing;
import dev.fovea.data.RandomResizedCrop;
import dev.fovea.data.ResizeRandomCrop;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How recipes write augmentation and preprocessing: a word, with options where it has some.
 *
 * <p>{@code cifar}, {@code imagenet}, {@code pad-crop(pad=4,padding=zero)}, {@code flip(p=0.5)},
 * {@code cutout(side=8)}, {@code resized-crop(area=0.08,ratio=0.75)}, {@code
 * scale-crop(from=256,to=480)}. Sizes that are not given are the network's.
 */
final class Variation {
  private static final Pattern WORD = Pattern.compile("([a-z-]+)(?:\\((.*)\\))?");
  private static final int SMALL = 64;

  private final String text;
  private final Map<String, String> options;

  private Variation(String text, Map<String, String> options) {
    this.text = text;
    this.options = options;
  }

  static List<Augment> augments(List<String> words, Shape input) {
    List<Augment> all = new ArrayList<>();
    for (String word : words) {
      Matcher m = WORD.matcher(word.strip());
      if (!m.matches()) {
        throw new ConfigException(
            "data.augment: cannot read '" + word + "'; write for example cutout(side=8)");
      }
      Variation v = new Variation(word, options(word, m.group(2)));
      try {
        all.addAll(v.augments(m.group(1), input.dim(1), input.dim(2)));
      } catch (DataException e) {
        throw new ConfigException("data.augment: " + e.getMessage(), e);
      }
      if (!v.options.isEmpty()) {
        throw new ConfigException(
            "data.augment: '" + word + "' does not know " + String.join(", ", v.options.keySet()));
      }
    }
    return all;
  }

  private List<Augment> augments(String word, int height, int width) {
    return switch (word) {
      case "none" -> List.of();
      case "cifar" -> Augment.cifar();
      case "imagenet" ->
          List.of(RandomResizedCrop.standard(height, width), new HorizontalFlip(0.5));
      case "pad-crop" -> List.of(new PadCrop((int) number("pad", 4), padding()));
      case "flip" -> List.of(new HorizontalFlip(number("p", 0.5)));
      case "cutout" -> List.of(new Cutout((int) number("side", 8)));
      case "resized-crop" -> {
        double ratio = number("ratio", 0.75);
        yield List.of(
            new RandomResizedCrop(
                height, width, number("area", 0.08), 1, ratio, 1 / ratio, Interpolation.BILINEAR));
      }
      case "scale-crop" ->
          List.of(
              new ResizeRandomCrop(
                  (int) number("from", 256),
                  (int) number("to", 480),
                  height,
                  width,
                  Interpolation.BILINEAR));
      default ->
          throw new ConfigException(
              "data.augment: unknown word '"
                  + word
                  + "'; expected none, cifar, imagenet, pad-crop, flip, cutout, resized-crop or"
                  + " scale-crop");
    };
  }

  private PadCrop.Padding padding() {
    String name = options.getOrDefault("padding", "zero");
    options.remove("padding");
    if (!name.equals("zero") && !name.equals("reflect")) {
      throw new ConfigException(
          "data.augment: padding must be zero or reflect, got '" + name + "'");
    }
    return PadCrop.Padding.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private double number(String key, double otherwise) {
    String value = options.remove(key);
    try {
      return value == null ? otherwise : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new ConfigException("data.augment: '" + text + "': " + key + " must be a number", e);
    }
  }

  private static Map<String, String> options(String word, @Nullable String inner) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String part : inner == null || inner.isBlank() ? new String[0] : inner.split(",")) {
      String[] pair = part.split("=", 2);
      if (pair.length != 2) {
        throw new ConfigException(
            "data.augment: cannot read '" + word + "'; write options as name=value");
      }
      options.put(pair[0].strip(), pair[1].strip());
    }
    return options;
  }

  static Preprocessing preprocessing(String word, Shape input) {
    int height = input.dim(1);
    int width = input.dim(2);
    boolean grey = input.dim(0) == 1;
    List<Double> mean = grey ? List.of(0.449) : Preprocessing.IMAGENET_MEAN;
    List<Double> std = grey ? List.of(0.226) : Preprocessing.IMAGENET_STD;
    return switch (word.equals("auto")
        ? Math.max(height, width) <= SMALL ? "native" : "imagenet"
        : word) {
      case "native" -> Preprocessing.nativeSize(height, width, mean, std);
      case "imagenet" ->
          new Preprocessing(
              input.dim(0),
              height,
              width,
              (int) Math.floor(Math.min(height, width) / 0.875),
              Interpolation.BILINEAR,
              mean,
              std,
              Preprocessing.ChannelOrder.RGB,
              Preprocessing.ValueRange.UNIT);
      default ->
          throw new ConfigException(
              "data.preprocess must be auto, native or imagenet, got '" + word + "'");
    };
  }
}
