package dev.fovea.train;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The figures of a step, over its batches so far and the ranks that have added theirs.
 *
 * @param loss the mean
 * @param correct correctly classified images
 * @param images in the batches
 */
record StepTotals(double loss, int correct, int images) {
  static final StepTotals ZERO = new StepTotals(0, 0, 0);

  /** Adds a batch, one of {@code parts} of the step. */
  StepTotals plus(double batchLoss, int batchCorrect, int batchImages, int parts) {
    return new StepTotals(loss + batchLoss / parts, correct + batchCorrect, images + batchImages);
  }

  byte[] bytes() {
    return ByteBuffer.allocate(Double.BYTES + 2 * Integer.BYTES)
        .putDouble(loss)
        .putInt(correct)
        .putInt(images)
        .array();
  }

  static StepTotals read(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    return new StepTotals(b.getDouble(), b.getInt(), b.getInt());
  }

  /** Returns the figures over all ranks. */
  static StepTotals over(List<StepTotals> ranks) {
    return new StepTotals(
        ranks.stream().mapToDouble(StepTotals::loss).reduce(0, Double::sum) / ranks.size(),
        ranks.stream().mapToInt(StepTotals::correct).sum(),
        ranks.stream().mapToInt(StepTotals::images).sum());
  }
}
