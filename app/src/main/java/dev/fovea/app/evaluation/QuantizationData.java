package dev.fovea.app.evaluation;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Terminal;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.PathNames;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.DrawnImages;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.util.List;
import java.util.Optional;

/**
 * The images of a quantization: some to calibrate on, and others to compare both networks on.
 *
 * @param labeled whether the labels of {@code check} are to be believed
 * @param badFraction of the images that may be unreadable
 */
public record QuantizationData(
    Dataset calibration, Dataset check, boolean labeled, double badFraction)
    implements AutoCloseable {

  /**
   * Which images are wanted.
   *
   * @param unlabeled whether labels are ignored
   * @param calibration how many to calibrate on
   * @param check how many to compare on at most
   * @param seed which are drawn
   */
  public record Wanted(boolean unlabeled, int calibration, int check, long seed) {}

  /**
   * Opens the training split for calibration and the validation split for comparison; a source with
   * one of them only, or without labels, is divided at random.
   *
   * @throws CommandException if the labels are not those of the model
   * @throws DataException if there are too few images
   */
  public static QuantizationData open(
      RunConfig run, ModelCard card, Wanted wanted, DecodeLimits limits, Terminal terminal) {
    String source = run.data().source();
    if (!Datasets.isThere(source)) {
      throw new CommandException(source + " does not exist here; name the images with --data");
    }
    double bad = run.data().badFraction();
    if (wanted.unlabeled()) {
      return divided(unlabeled(source, limits), wanted, false, bad);
    }
    Dataset check;
    try {
      check = RunData.open(run, Split.VAL);
    } catch (DataException e) {
      Optional<Dataset> without = unlabeledIfAny(source, limits);
      if (without.isEmpty()) {
        throw e;
      }
      terminal.note(
          "note: no labels, so the answers of both models are compared: " + e.getMessage());
      return divided(without.get(), wanted, false, bad);
    }
    Dataset matched = matched(check, card, terminal);
    Dataset train;
    try {
      train = RunData.open(run, Split.TRAIN);
    } catch (DataException e) {
      terminal.note(
          "note: no training images, so the calibration takes some of the others: "
              + e.getMessage());
      return divided(matched, wanted, true, bad);
    }
    return new QuantizationData(
        DrawnImages.of(train, wanted.seed(), 0, Math.min(wanted.calibration(), train.size())),
        DrawnImages.of(matched, wanted.seed(), 0, Math.min(wanted.check(), matched.size())),
        true,
        bad);
  }

  private static Dataset matched(Dataset check, ModelCard card, Terminal terminal) {
    try {
      Dataset matched = Datasets.withClasses(check, card.classes());
      matched.notes().forEach(n -> terminal.note("note: " + Human.visible(n)));
      if (!matched.ignored().isEmpty()) {
        terminal.note("note: " + IgnoredFile.summary(matched.ignored()));
      }
      return matched;
    } catch (DataException e) {
      check.close();
      throw new CommandException(
          "the classes differ from the model's: "
              + e.getMessage()
              + "; to compare answers without labels, give --unlabeled");
    }
  }

  private static Dataset unlabeled(String source, DecodeLimits limits) {
    if (Datasets.isGenerated(source)) {
      return Datasets.open(source, Split.ALL);
    }
    return UnlabeledImages.of(List.of(PathNames.parse(source)), limits);
  }

  private static Optional<Dataset> unlabeledIfAny(String source, DecodeLimits limits) {
    Dataset set = unlabeled(source, limits);
    if (set.size() > 1) {
      return Optional.of(set);
    }
    set.close();
    return Optional.empty();
  }

  private static QuantizationData divided(Dataset all, Wanted wanted, boolean labeled, double bad) {
    if (all.size() < 2) {
      String description = all.description();
      all.close();
      throw new DataException(
          description
              + " has fewer than two images; expected some to calibrate on and others to compare"
              + " on");
    }
    int calibration = Math.min(wanted.calibration(), all.size() / 2);
    int check = Math.min(wanted.check(), all.size() - calibration);
    return new QuantizationData(
        DrawnImages.of(all, wanted.seed(), 0, calibration),
        DrawnImages.of(all, wanted.seed(), calibration, calibration + check),
        labeled,
        bad);
  }

  @Override
  public void close() {
    calibration.close();
    check.close();
  }
}
