package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.data.source.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Opens the images of a run from its configuration.
 *
 * <p>Training, evaluation and studies all open data here, so that a configuration always means the
 * same training images and the same held-out images. The caller closes the data sets.
 */
public final class RunData {
  private RunData() {}

  /**
   * Opens a split of the data that {@code config} names.
   *
   * <p>With {@code data.overfit} above 0, training and validation split are both the same few
   * training images; other splits are unaffected. With {@code data.hold_back}, the validation split
   * is that part of the training images, and the training split is the others.
   *
   * @throws DataException if the source cannot be opened
   * @throws ConfigException if it has fewer images than {@code data.overfit}
   */
  public static Dataset open(RunConfig config, Split split) {
    return open(config, split, Additions.NONE);
  }

  /**
   * Opens a split of the data that {@code config} names or a program adds.
   *
   * @throws DataException if it cannot be opened
   * @throws ConfigException if it has fewer images than {@code data.overfit}, or the program's
   *     images are missing
   */
  public static Dataset open(RunConfig config, Split split, Additions additions) {
    additions.require(config);
    int few = config.data().overfit();
    double back = config.data().holdBack();
    boolean subset = (few > 0 || back > 0) && (split == Split.TRAIN || split == Split.VAL);
    Split opened = subset ? Split.TRAIN : split;
    Dataset all =
        additions.images().isPresent()
            ? additions.images().get().open(opened, config.dataOptions())
            : Datasets.open(config.data().source(), opened, config.dataOptions());
    if (!subset) {
      return all;
    }
    return few > 0 ? few(all, few) : heldBack(all, config, split == Split.VAL);
  }

  private static Dataset heldBack(Dataset all, RunConfig config, boolean held) {
    int[] items = heldBackItems(all, config, held);
    if (items.length == 0) {
      String message =
          "data.hold_back is "
              + config.data().holdBack()
              + ", but every class of "
              + all.description()
              + " has a single image; expected two or more; add images";
      all.close();
      throw new ConfigException(message);
    }
    return Datasets.select(
        all,
        items,
        (held ? "held-back part of " : "all but the held-back part of ") + all.description());
  }

  /**
   * Returns the numbers of the training images that {@code data.hold_back} holds back, or of the
   * others. Every class of two or more images has one on each side.
   */
  public static int[] heldBackItems(Dataset training, RunConfig config, boolean held) {
    return Datasets.stratified(
        training, config.data().holdBack(), config.dataOptions().seed() + 2, held);
  }

  private static Dataset few(Dataset all, int few) {
    if (few > all.size()) {
      String message =
          "data.overfit is "
              + few
              + ", but "
              + all.description()
              + " has only "
              + all.size()
              + " images; lower data.overfit";
      all.close();
      throw new ConfigException(message);
    }
    return EvenSubset.owning(all, few);
  }

  /**
   * Returns the configuration to evaluate a model with: its training configuration, on the data at
   * {@code source}.
   *
   * <p>If that is the training data, even at another path, {@code data.fraction}, {@code
   * data.overfit}, {@code data.labels}, {@code data.label_column} and {@code data.classes} are
   * kept, so that the same images are held out as in training. Other data is used in full. {@code
   * data.hold_back} is not kept: models are evaluated on images that no choice was made by.
   *
   * @param source a path or name; empty for the data the model was trained on
   * @throws ConfigException if the model's configuration is invalid
   */
  public static RunConfig evaluating(ModelCard card, String source) {
    RunConfig run = RunConfig.ofModel(card);
    String own = card.data().source();
    RunConfig here =
        run.with(run.data().withSource(source.isEmpty() ? own : source).withHoldBack(0));
    DataSettings d = here.data();
    boolean whole =
        d.fraction() == 1
            && d.overfit() == 0
            && d.labels().isEmpty()
            && d.labelColumn().isEmpty()
            && d.classes().isEmpty();
    if (whole || source.isEmpty() || isSamePlace(own, source) || isSameData(here, card)) {
      return here;
    }
    return here.with(
        d.withFraction(1).withOverfit(0).withLabels("").withLabelColumn("").withClasses(""));
  }

  private static boolean isSamePlace(String one, String other) {
    try {
      return one.equals(other)
          || Files.exists(Path.of(one))
              && Files.exists(Path.of(other))
              && Files.isSameFile(Path.of(one), Path.of(other));
    } catch (IOException | InvalidPathException e) {
      // Then the content decides.
      return false;
    }
  }

  private static boolean isSameData(RunConfig config, ModelCard card) {
    try (Dataset val = open(config, Split.VAL)) {
      return card.data().fingerprint().endsWith("+" + val.fingerprint());
    } catch (DataException | ConfigException e) {
      // The run could not have opened it, so it is other data; opening it later reports the error.
      return false;
    }
  }
}
