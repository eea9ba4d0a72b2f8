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
 * The images of a run, opened from its configuration.
 *
 * <p>Training, evaluation and studies all open data here, so that one configuration always means
 * the same training images and the same held-back ones. The caller closes what it gets.
 */
public final class RunData {
  private RunData() {}

  /**
   * One part of the data that {@code config} names.
   *
   * <p>With {@code data.overfit} above 0, the training and the validation part are both those few
   * training images; the other parts are what they are without it.
   *
   * @throws DataException if the source cannot be opened
   * @throws ConfigException if it has fewer images than {@code data.overfit}
   */
  public static Dataset open(RunConfig config, Split split) {
    int few = config.data().overfit();
    boolean excerpt = few > 0 && (split == Split.TRAIN || split == Split.VAL);
    Dataset all =
        Datasets.open(config.data().source(), excerpt ? Split.TRAIN : split, config.dataOptions());
    if (!excerpt) {
      return all;
    }
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
   * The configuration to evaluate a model with: the one it was trained with, on the data at {@code
   * source}.
   *
   * <p>Where that is the data of the run, wherever it lies now, {@code data.fraction}, {@code
   * data.overfit} and {@code data.labels} are those of the run, so that its validation part is the
   * one that training held back. Other data is used whole.
   *
   * @param source a path or name; that of the run if empty
   * @throws ConfigException if the model's configuration cannot be understood
   */
  public static RunConfig evaluating(ModelCard card, String source) {
    RunConfig run = RunConfig.ofModel(card);
    String own = card.data().source();
    RunConfig here = run.with(run.data().withSource(source.isEmpty() ? own : source));
    RunConfig.Data d = here.data();
    boolean whole = d.fraction() == 1 && d.overfit() == 0 && d.labels().isEmpty();
    if (whole || source.isEmpty() || isSamePlace(own, source) || isSameData(here, card)) {
      return here;
    }
    return here.with(d.withFraction(1).withOverfit(0).withLabels(""));
  }

  private static boolean isSamePlace(String one, String other) {
    try {
      return one.equals(other)
          || Files.exists(Path.of(one))
              && Files.exists(Path.of(other))
              && Files.isSameFile(Path.of(one), Path.of(other));
    } catch (IOException | InvalidPathException e) {
      // The content decides.
      return false;
    }
  }

  private static boolean isSameData(RunConfig config, ModelCard card) {
    try (Dataset val = open(config, Split.VAL)) {
      return card.data().fingerprint().endsWith("+" + val.fingerprint());
    } catch (DataException | ConfigException e) {
      // What the run could not have opened is other data; it is opened, and may fail, as such.
      return false;
    }
  }
}
