package dev.fovea.train;

/**
 * Where a run stands; with the parameter sets, all that continuing needs.
 *
 * @param step optimizer steps made
 * @param epoch the epoch it is in, counted from 0
 * @param batch batches of that epoch that are done; all of them if only its evaluation is missing
 * @param sums what the training figures of its row are made of
 * @param bestEpoch the epoch of the model file, counted from 1; 0 if there is none
 * @param bestTop1 its validation top-1; -1 if there is none
 * @param seconds of work so far
 */
record Position(
    long step, int epoch, int batch, Sums sums, int bestEpoch, double bestTop1, double seconds) {
  static final Position START = new Position(0, 0, 0, Sums.ZERO, 0, -1, 0);

  /** Totals over the images of the epoch so far. */
  record Sums(double loss, long correct, long images) {
    static final Sums ZERO = new Sums(0, 0, 0);

    Sums plus(double meanLoss, int right, int n) {
      return new Sums(loss + meanLoss * n, correct + right, images + n);
    }

    /** The means over these images, of which there must be one. */
    EpochRow.Training figures() {
      return new EpochRow.Training(loss / images, (double) correct / images);
    }
  }

  /** One step further, which {@code batches} batches made. */
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

  /** In the next epoch, without an evaluation of this one. */
  Position afterPass() {
    return new Position(step, epoch + 1, 0, Sums.ZERO, bestEpoch, bestTop1, seconds);
  }

  /** Between two epochs, nothing of the next one being summed up. */
  Position withoutSums() {
    return new Position(step, epoch, batch, Sums.ZERO, bestEpoch, bestTop1, seconds);
  }

  /** In the next epoch, after the evaluation of this one. */
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

  Position at(double secondsNow) {
    return new Position(step, epoch, batch, sums, bestEpoch, bestTop1, secondsNow);
  }
}
