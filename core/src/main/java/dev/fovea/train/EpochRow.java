package dev.fovea.train;

import dev.fovea.tensor.Decimals;
import java.util.Optional;

/**
 * A row of {@code metrics.csv}: the metrics of one epoch.
 *
 * @param epoch counted from 1
 * @param step optimizer steps completed at its end
 * @param train measured during training, with augmentation; for mixed images, the label with the
 *     larger share counts as correct
 * @param val measured at its end, with the averaged weights if there are any; empty if this epoch
 *     was not evaluated
 * @param rate the learning rate of its last step
 * @param seconds of training and evaluation since the start of the run, without interruptions
 */
public record EpochRow(
    int epoch, long step, Training train, Optional<Validation> val, double rate, double seconds) {

  /** Mean loss over the training images, and top-1 accuracy as a fraction. */
  public record Training(double loss, double top1) {}

  /** Loss without label smoothing, and accuracies as fractions. */
  public record Validation(double loss, double top1, double top5) {
    private String csv() {
      return Decimals.format("%.6f,%.6f,%.6f", loss, top1, top5);
    }
  }

  /** The header line of the file. */
  public static final String HEADER =
      "epoch,step,train_loss,train_top1,val_loss,val_top1,val_top5,lr,seconds";

  /**
   * Returns the validation metrics.
   *
   * @throws IllegalStateException if this epoch was not evaluated
   */
  public Validation evaluated() {
    return val.orElseThrow(
        () -> new IllegalStateException("epoch " + epoch + " was not evaluated"));
  }

  /** Returns this row as CSV; validation columns are empty if the epoch was not evaluated. */
  public String csv() {
    return Decimals.format(
        "%d,%d,%.6f,%.6f,%s,%s,%.1f",
        epoch,
        step,
        train.loss(),
        train.top1(),
        val.map(Validation::csv).orElse(",,"),
        Double.toString(rate),
        seconds);
  }
}
