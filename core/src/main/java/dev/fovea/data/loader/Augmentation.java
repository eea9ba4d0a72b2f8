package dev.fovea.data.loader;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingStyle;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * How training images are varied, as recipes write it: words, applied in order.
 *
 * <p>A word is the name of a preset ({@link #presets}), {@code none}, or one augmentation with
 * options where it has some ({@link #words}): {@code cutout(side=8)}; those of whole batches
 * ({@code mixup}, {@code cutmix}, {@code mixing}) may stand anywhere. Sizes that are not given are
 * the network's.
 *
 * @param augments what is done to each image, in order
 * @param mixing what is done to each batch
 */
public record Augmentation(List<Augment> augments, Mixing mixing) {
  private static final int SMALL = 64;

  /** Copies the list. */
  public Augmentation {
    augments = List.copyOf(augments);
  }

  /**
   * What the words stand for.
   *
   * @param input (C, H, W) of the network
   * @throws DataException if there is no such word or option
   */
  public static Augmentation of(List<String> words, Shape input) {
    AugmentationParser found = new AugmentationParser(input.dim(1), input.dim(2));
    try {
      words.forEach(found::read);
      return new Augmentation(found.augments(), found.mixing());
    } catch (DataException e) {
      throw new DataException("data.augment: " + e.getMessage(), e);
    }
  }

  /** The names of the presets, with the words that each stands for. */
  public static Map<String, String> presets() {
    return AugmentationParser.PRESETS;
  }

  /** The words that are no presets, with the options as they are if they are not given. */
  public static List<String> words() {
    return AugmentationParser.usages();
  }

  public Loader loader(Dataset data, Preprocessing how, BatchFormat format, LoaderOptions options) {
    return Loader.training(data, augments, how, format, options, mixing);
  }

  /**
   * How evaluated images are fitted and all are normalized.
   *
   * @param text {@code auto}, {@code native}, or a name of {@link PreprocessingStyle}; and changes
   *     to it as {@link PreprocessingText} writes them, which change {@code auto} if they are alone
   * @param input (C, H, W) of the network
   * @throws DataException if there is no such word
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
              Preprocessing.ValueRange.UNIT);
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
              + "' is for images of 3 channels, the network takes "
              + input.dim(0)
              + "; use auto");
    }
    return style.of(input);
  }
}
