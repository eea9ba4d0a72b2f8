package dev.fovea.train;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;

/**
 * The progress of a run; together with the parameter sets, everything needed to continue it.
 *
 * @param step optimizer steps completed
 * @param epoch the current epoch, counted from 0
 * @param batch batches of this epoch completed; all of them if only the evaluation is missing
 * @param sums totals for the training metrics of this epoch
 * @param bestEpoch the epoch of the model file, counted from 1; 0 if there is none
 * @param bestTop1 its validation top-1; -1 if there is none
 * @param seconds of work so far
 */
record Position(
    long step, int epoch, int batch, Sums sums, int bestEpoch, double bestTop1, double seconds) {
  static final Position START = new Position(0, 0, 0, Sums.ZERO, 0, -1, 0);

  /** Totals over the images of the current epoch so far. */
  record Sums(double loss, long correct, long images) {
    static final Sums ZERO = new Sums(0, 0, 0);

    Sums plus(double meanLoss, int correctNow, int n) {
      return new Sums(loss + meanLoss * n, correct + correctNow, images + n);
    }

    /** Returns the means over these images; there must be at least one. */
    EpochRow.Training means() {
      return new EpochRow.Training(loss / images, (double) correct / images);
    }
  }

  /** Returns it as text, for other ranks. */
  String toJson() {
    return JsonTree.compact(RecordTree.of(this));
  }

  /** Reads what {@link #toJson} wrote. */
  static Position of(String json, String where) {
    return RecordTree.read(Position.class, JsonTree.parse(json, where), where);
  }

  /** Returns the position after one more step, made of {@code batches} batches. */
  Position afterStep(double loss, int correct, int images, int batches) {
    return new Position(
        step + 1,
        epoch,
        batch + batches,
        sums.plus(loss, correct, images),
        bestEpoch,
        bestTop1,
        seconds);
  }

  /** Returns the start of the next epoch if this one was not evaluated. */
  Position afterPass() {
    return new Position(step, epoch + 1, 0, Sums.ZERO, bestEpoch, bestTop1, seconds);
  }

  /** Returns this position with empty sums. */
  Position withoutSums() {
    return new Position(step, epoch, batch, Sums.ZERO, bestEpoch, bestTop1, seconds);
  }

  /** Returns the start of the next epoch after an evaluation of this one. */
  Position afterEpoch(boolean better, double top1) {
    return new Position(
        step,
        epoch + 1,
        0,
        Sums.ZERO,
        better ? epoch + 1 : bestEpoch,
        better ? top1 : bestTop1,
        seconds);
  }

  Position withSeconds(double secondsNow) {
    return new Position(step, epoch, batch, sums, bestEpoch, bestTop1, secondsNow);
  }
}
