package dev.fovea.train;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.Shuffling;
import java.util.List;
import java.util.function.Consumer;

/**
 * The data a run trains on, and how images are preprocessed.
 *
 * @param source a path or the name of a generated set; empty if not chosen yet
 * @param valFraction the fraction held out for validation if the source has no validation part
 * @param fraction the fraction of the images that is used
 * @param augment augmentations of training images, in order, see {@link Augmentation}: {@code cifar
 *     cutout(side=8)}
 * @param preprocess how images are normalized and, in evaluation, resized and cropped: {@code
 *     native} for images of the network's input size, {@code imagenet}, or {@code auto} to choose
 *     by input size; with changes as {@link Augmentation#preprocessing} reads them
 * @param badFraction the fraction of unreadable images above which the run stops
 * @param memoryMib image cache in MiB; data sets whose pixels fit are decoded only once
 * @param overfit if above 0, the number of training images that are both trained on and evaluated:
 *     a network that cannot overfit them has a bug
 * @param maxMegapixels megapixels above which an image counts as unreadable
 * @param labels a file with lines {@code path,label} that replaces classes by folder; empty for
 *     classes by folder
 * @param labelColumn the column of that file, or the field of a WebDataset's {@code .json} members,
 *     that holds the class; empty for the usual names
 * @param classes a file of class names for labels that are numbers; empty for the usual files
 *     beside the images
 * @param decode how far pictures are decoded; stored with the model's preprocessing
 * @param shuffle the order of the training images in each epoch: {@code images} for the whole data
 *     set shuffled, or {@code within-shards(images=1024)} or {@code shards(images=1024)} for the
 *     less thorough orders of readers of shards, see {@link Shuffling}
 * @param holdBack if above 0, the fraction of the training images that epochs are evaluated on, in
 *     place of the validation images, which the run then does not look at
 */
public record DataSettings(
    String source,
    double valFraction,
    double fraction,
    List<String> augment,
    String preprocess,
    double badFraction,
    int memoryMib,
    int overfit,
    int maxMegapixels,
    String labels,
    String labelColumn,
    String classes,
    Decoding decode,
    Shuffling shuffle,
    double holdBack) {
  /** Copies the list and checks the ranges. */
  public DataSettings {
    augment = List.copyOf(augment);
    RunConfig.require(
        maxMegapixels >= 1 && maxMegapixels <= DecodeLimits.MOST_MEGAPIXELS,
        "data.max_megapixels must be 1 to "
            + DecodeLimits.MOST_MEGAPIXELS
            + " megapixels, got "
            + maxMegapixels);
    RunConfig.require(
        holdBack >= 0 && holdBack < 1, "data.hold_back must be in [0, 1), got " + holdBack);
    RunConfig.require(overfit >= 0, "data.overfit must be 0 or more images, got " + overfit);
  }

  /**
   * Settings with the default image size limit, classes by folder, and the whole data set shuffled.
   */
  public DataSettings(
      String source,
      double valFraction,
      double fraction,
      List<String> augment,
      String preprocess,
      double badFraction,
      int memoryMib) {
    this(
        source,
        valFraction,
        fraction,
        augment,
        preprocess,
        badFraction,
        memoryMib,
        0,
        DecodeLimits.STANDARD_MEGAPIXELS,
        "",
        "",
        "",
        Decoding.AUTO,
        new Shuffling.Images(),
        0);
  }

  /** Returns a copy with this source. */
  public DataSettings withSource(String to) {
    return change(d -> d.source = to);
  }

  /** Returns a copy that uses this fraction of the images. */
  public DataSettings withFraction(double to) {
    return change(d -> d.fraction = to);
  }

  /** Returns a copy with these augmentations. */
  public DataSettings withAugment(String... words) {
    return change(d -> d.augment = List.of(words));
  }

  /** Returns a copy with this preprocessing. */
  public DataSettings withPreprocess(String to) {
    return change(d -> d.preprocess = to);
  }

  /** Returns a copy that overfits this number of images; 0 for an ordinary run. */
  public DataSettings withOverfit(int to) {
    return change(d -> d.overfit = to);
  }

  /** Returns a copy with this image size limit. */
  public DataSettings withMaxMegapixels(int to) {
    return change(d -> d.maxMegapixels = to);
  }

  /** Returns a copy with classes from this file; empty for classes by folder. */
  public DataSettings withLabels(String to) {
    return change(d -> d.labels = to);
  }

  /** Returns a copy with labels from this column; empty for the usual names. */
  public DataSettings withLabelColumn(String to) {
    return change(d -> d.labelColumn = to);
  }

  /** Returns a copy with class names from this file; empty for the usual files. */
  public DataSettings withClasses(String to) {
    return change(d -> d.classes = to);
  }

  /** Returns a copy that decodes pictures this far. */
  public DataSettings with(Decoding to) {
    return change(d -> d.decode = to);
  }

  /** Returns a copy that shuffles the training images in this way. */
  public DataSettings with(Shuffling to) {
    return change(d -> d.shuffle = to);
  }

  /** Returns a copy that bears this fraction of unreadable images. */
  public DataSettings withBadFraction(double to) {
    return change(d -> d.badFraction = to);
  }

  /** Returns a copy that holds back this fraction of the training images; 0 for none. */
  public DataSettings withHoldBack(double to) {
    return change(d -> d.holdBack = to);
  }

  private DataSettings change(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** Every setting by its name, so that a copy names only the one that it changes. */
  private static final class Draft {
    private String source;
    private double valFraction;
    private double fraction;
    private List<String> augment;
    private String preprocess;
    private double badFraction;
    private int memoryMib;
    private int overfit;
    private int maxMegapixels;
    private String labels;
    private String labelColumn;
    private String classes;
    private Decoding decode;
    private Shuffling shuffle;
    private double holdBack;

    Draft(DataSettings from) {
      source = from.source;
      valFraction = from.valFraction;
      fraction = from.fraction;
      augment = from.augment;
      preprocess = from.preprocess;
      badFraction = from.badFraction;
      memoryMib = from.memoryMib;
      overfit = from.overfit;
      maxMegapixels = from.maxMegapixels;
      labels = from.labels;
      labelColumn = from.labelColumn;
      classes = from.classes;
      decode = from.decode;
      shuffle = from.shuffle;
      holdBack = from.holdBack;
    }

    DataSettings settings() {
      return new DataSettings(
          source,
          valFraction,
          fraction,
          augment,
          preprocess,
          badFraction,
          memoryMib,
          overfit,
          maxMegapixels,
          labels,
          labelColumn,
          classes,
          decode,
          shuffle,
          holdBack);
    }
  }
}
