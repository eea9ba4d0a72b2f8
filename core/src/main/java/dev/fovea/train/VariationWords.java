package dev.fovea.train;

import dev.fovea.data.Augment;
import dev.fovea.data.ColourAxes;
import dev.fovea.data.ColourJitter;
import dev.fovea.data.Cutout;
import dev.fovea.data.HorizontalFlip;
import dev.fovea.data.InceptionCrop;
import dev.fovea.data.Interpolation;
import dev.fovea.data.Lighting;
import dev.fovea.data.Mixing;
import dev.fovea.data.PadCrop;
import dev.fovea.data.PhotometricDistortion;
import dev.fovea.data.RandAugment;
import dev.fovea.data.RandomErasing;
import dev.fovea.data.RandomResizedCrop;
import dev.fovea.data.ResizeRandomCrop;
import dev.fovea.data.TrivialAugment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the words of a {@link Variation}, one after the other. */
final class VariationWords {
  /** Presets in the order in which help lists them. */
  static final Map<String, String> PRESETS = presets();

  /** The single changes in the order in which help lists them. */
  static final List<String> NAMES =
      List.of(
          "none",
          "pad-crop",
          "flip",
          "cutout",
          "resized-crop",
          "inception-crop",
          "scale-crop",
          "photometric",
          "jitter",
          "lighting",
          "rand-augment",
          "trivial-augment",
          "erasing",
          "mixup",
          "cutmix",
          "mixing");

  private static final Pattern WORD = Pattern.compile("([a-z0-9-]+)(?:\\((.*)\\))?");

  private final int height;
  private final int width;
  private final List<Augment> augments = new ArrayList<>();
  private Mixing mixing = Mixing.NONE;
  private String text = "";
  private Map<String, String> options = Map.of();

  VariationWords(int height, int width) {
    this.height = height;
    this.width = width;
  }

  private static Map<String, String> presets() {
    Map<String, String> p = new LinkedHashMap<>();
    // He et al. 2015, section 4.2.
    p.put("cifar", "pad-crop flip");
    // Zagoruyko and Komodakis 2016.
    p.put("cifar-reflect", "pad-crop(padding=reflect) flip");
    p.put(
        "cifar-modern",
        "pad-crop flip rand-augment(n=2,m=9) erasing(p=0.25) mixup(alpha=0.2) cutmix(alpha=1)");
    // torchvision's first recipe.
    p.put("imagenet", "resized-crop flip");
    // Krizhevsky et al. 2012 as He et al. 2015, section 3.4, use it.
    p.put("resnet-paper", "scale-crop flip lighting");
    // fb.resnet.torch.
    p.put("resnet-torch", "resized-crop(filter=bicubic) jitter lighting flip");
    // Szegedy et al. 2014, section 6.
    p.put("inception", "resized-crop(filter=random) flip photometric");
    // tensorflow/models, inception/image_processing.py.
    p.put("inception-v3", "inception-crop flip photometric");
    // torchvision's second recipe, with RandAugment.
    p.put(
        "modern",
        "resized-crop flip rand-augment(n=2,m=9) erasing(p=0.1) mixup(alpha=0.2) cutmix(alpha=1)");
    return Collections.unmodifiableMap(p);
  }

  List<Augment> augments() {
    return augments;
  }

  Mixing mixing() {
    return mixing;
  }

  void read(String word) {
    String bare = word.strip();
    if (PRESETS.containsKey(bare)) {
      for (String part : Objects.requireNonNull(PRESETS.get(bare)).split(" ")) {
        read(part);
      }
      return;
    }
    Matcher m = WORD.matcher(bare);
    if (!m.matches()) {
      throw new ConfigException(
          "data.augment: cannot read '" + word + "'; write for example cutout(side=8)");
    }
    if (PRESETS.containsKey(m.group(1))) {
      throw new ConfigException(
          "data.augment: '"
              + word
              + "': presets take no options; write its words instead: "
              + PRESETS.get(m.group(1)));
    }
    text = bare;
    options = options(m.group(2));
    switch (m.group(1)) {
      case "none" -> augments.addAll(List.of());
      case "mixup" -> mix(number("alpha", 0.2), mixing.cutmix());
      case "cutmix" -> mix(mixing.mixup(), number("alpha", 1));
      case "mixing" ->
          mixing =
              new Mixing(mixing.mixup(), mixing.cutmix(), number("p", 1), number("switch", 0.5));
      default -> augments.add(augment(m.group(1)));
    }
    if (!options.isEmpty()) {
      throw new ConfigException(
          "data.augment: '" + word + "' does not know " + String.join(", ", options.keySet()));
    }
  }

  private void mix(double mixup, double cutmix) {
    mixing = new Mixing(mixup, cutmix, mixing.probability(), mixing.switching());
  }

  private Augment augment(String word) {
    return switch (word) {
      case "pad-crop" ->
          new PadCrop(whole("pad", 4), choice("padding", PadCrop.Padding.class, "zero"));
      case "flip" -> new HorizontalFlip(number("p", 0.5));
      case "cutout" -> new Cutout(whole("side", 8));
      case "resized-crop" -> resizedCrop();
      case "inception-crop" -> inceptionCrop();
      case "scale-crop" -> scaleCrop();
      case "photometric" ->
          new PhotometricDistortion(
              choice("order", PhotometricDistortion.Order.class, "either"), number("strength", 1));
      case "jitter" ->
          new ColourJitter(
              number("brightness", 0.4),
              number("contrast", 0.4),
              number("saturation", 0.4),
              number("hue", 0));
      case "lighting" -> new Lighting(number("std", 0.1), ColourAxes.IMAGENET);
      case "rand-augment" -> new RandAugment(whole("n", 2), whole("m", 9));
      case "trivial-augment" -> new TrivialAugment();
      case "erasing" ->
          new RandomErasing(
              number("p", 0.25),
              number("least", 0.02),
              number("most", 0.33),
              number("ratio", 0.3),
              choice("fill", RandomErasing.Fill.class, "mean"));
      default ->
          throw new ConfigException(
              "data.augment: unknown word '"
                  + word
                  + "'; expected one of the presets "
                  + String.join(", ", PRESETS.keySet())
                  + ", or of "
                  + String.join(", ", NAMES));
    };
  }

  private RandomResizedCrop resizedCrop() {
    double ratio = number("ratio", 0.75);
    return new RandomResizedCrop(
        height, width, number("area", 0.08), 1, ratio, 1 / ratio, filters("bilinear"));
  }

  private InceptionCrop inceptionCrop() {
    InceptionCrop standard = InceptionCrop.standard(height, width);
    boolean asInCode = !options.containsKey("ratio");
    double ratio = number("ratio", standard.minRatio());
    return new InceptionCrop(
        height,
        width,
        number("area", standard.area()),
        number("covered", standard.covered()),
        ratio,
        // TensorFlow's code rounds 4/3 to 1.33.
        asInCode ? standard.maxRatio() : 1 / ratio,
        filters("random"));
  }

  // The paper's 256..480 belong to an input of 224.
  private ResizeRandomCrop scaleCrop() {
    int side = Math.max(height, width);
    return new ResizeRandomCrop(
        whole("from", Math.round(side * 256 / 224f)),
        whole("to", Math.round(side * 480 / 224f)),
        height,
        width,
        Interpolation.BILINEAR);
  }

  private List<Interpolation> filters(String otherwise) {
    String name = Objects.requireNonNullElse(options.remove("filter"), otherwise);
    return name.equals("random") ? Interpolation.INCEPTION : List.of(Interpolation.parse(name));
  }

  private <E extends Enum<E>> E choice(String key, Class<E> type, String otherwise) {
    String name = Objects.requireNonNullElse(options.remove(key), otherwise);
    List<E> all = Arrays.asList(type.getEnumConstants());
    return all.stream()
        .filter(e -> word(e).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "data.augment: '"
                        + text
                        + "': "
                        + key
                        + " must be "
                        + all.stream().map(VariationWords::word).collect(Collectors.joining(" or "))
                        + ", got '"
                        + name
                        + "'"));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private int whole(String key, int otherwise) {
    double value = number(key, otherwise);
    if (value != Math.rint(value) || Math.abs(value) > 1 << 24) {
      throw new ConfigException(
          "data.augment: '" + text + "': " + key + " must be a whole number, got " + value);
    }
    return (int) value;
  }

  private double number(String key, double otherwise) {
    String value = options.remove(key);
    try {
      return value == null ? otherwise : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new ConfigException("data.augment: '" + text + "': " + key + " must be a number", e);
    }
  }

  private Map<String, String> options(@Nullable String inner) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String part : inner == null || inner.isBlank() ? new String[0] : inner.split(",")) {
      String[] pair = part.split("=", 2);
      if (pair.length != 2) {
        throw new ConfigException(
            "data.augment: cannot read '" + text + "'; write options as name=value");
      }
      found.put(pair[0].strip(), pair[1].strip());
    }
    return found;
  }
}
