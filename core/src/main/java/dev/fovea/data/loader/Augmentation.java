package dev.fovea.data.loader;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.OwnAugment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingStyle;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The augmentation of a training run, parsed from the words of a recipe and applied in order.
 *
 * <p>A word is a preset ({@link #presets}), {@code none}, or an augmentation with optional
 * arguments ({@link #words}), for example {@code cutout(side=8)}. The position of batch-level words
 * ({@code mixup}, {@code cutmix}, {@code mixing}) does not matter. Sizes default to the network's.
 *
 * @param augments transforms of each image, in order
 * @param mixing mixup and cutmix of each batch
 */
public record Augmentation(List<Augment> augments, Mixing mixing) {
  private static final int SMALL = 64;

  /** Copies the list. */
  public Augmentation {
    augments = List.copyOf(augments);
  }

  /**
   * Parses the words of a recipe.
   *
   * @param input (C, H, W) of the network
   * @throws DataException if a word or option is unknown
   */
  public static Augmentation of(List<String> words, Shape input) {
    return of(words, input, List.of());
  }

  /**
   * Parses the words of a run of a program.
   *
   * @param input (C, H, W) of the network
   * @param own augmentations of the program, which the words name
   * @throws DataException if a word or option is unknown
   */
  public static Augmentation of(List<String> words, Shape input, List<OwnAugment> own) {
    Map<String, OwnAugment> byName =
        own.stream().collect(Collectors.toMap(a -> a.change().name(), a -> a, (a, b) -> b));
    AugmentationParser found = new AugmentationParser(input.dim(1), input.dim(2), byName);
    try {
      words.forEach(found::read);
      return new Augmentation(found.augments(), found.mixing());
    } catch (DataException e) {
      throw new DataException("data.augment: " + e.getMessage(), e);
    }
  }

  /** The presets by name, each with the words it expands to. */
  public static Map<String, String> presets() {
    return AugmentationParser.PRESETS;
  }

  /** All words other than presets, with their options and defaults. */
  public static List<String> words() {
    return AugmentationParser.usages();
  }

  /** A training loader that applies this augmentation; the caller closes it. */
  public Loader loader(Dataset data, Preprocessing how, BatchFormat format, LoaderOptions options) {
    return Loader.training(data, augments, how, format, options, mixing);
  }

  /**
   * Parses the preprocessing of a run.
   *
   * @param text {@code auto}, {@code native} or the name of a {@link PreprocessingStyle}, with
   *     overrides in the syntax of {@link PreprocessingText}; overrides alone apply to {@code auto}
   * @param input (C, H, W) of the network
   * @throws DataException if the name or an override is unknown
   */
  public static Preprocessing preprocessing(String text, Shape input) {
    try {
      PreprocessingText.Parts parts = PreprocessingText.parse(text);
      Preprocessing base = named(parts.name().isEmpty() ? "auto" : parts.name(), input);
      return PreprocessingText.changed(base, parts.changes());
    } catch (DataException e) {
      throw new DataException("data.preprocess: " + e.getMessage(), e);
    }
  }

  private static Preprocessing named(String word, Shape input) {
    int height = input.dim(1);
    int width = input.dim(2);
    boolean gray = input.dim(0) == 1;
    List<Double> mean = gray ? List.of(0.449) : Preprocessing.IMAGENET_MEAN;
    List<Double> std = gray ? List.of(0.226) : Preprocessing.IMAGENET_STD;
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
              Preprocessing.ValueRange.UNIT,
              Decoding.AUTO);
      default -> style(word, input);
    };
  }

  private static Preprocessing style(String word, Shape input) {
    PreprocessingStyle style =
        PreprocessingStyle.named(word)
            .orElseThrow(
                () ->
                    new DataException(
                        "data.preprocess must be auto, native or one of "
                            + PreprocessingStyle.names()
                            + ", got '"
                            + word
                            + "'"));
    if (input.dim(0) != style.mean().size()) {
      throw new DataException(
          "data.preprocess '"
              + word
              + "' is for images of 3 channels, but the network has "
              + input.dim(0)
              + " input channels; use auto");
    }
    return style.of(input);
  }
}
