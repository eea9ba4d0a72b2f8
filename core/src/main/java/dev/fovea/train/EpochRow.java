package dev.fovea.train;

import dev.fovea.tensor.Decimals;
import java.util.Optional;

/**
 * A row of {@code metrics.csv}: the figures of one epoch.
 *
 * @param epoch counted from 1
 * @param step steps made at its end
 * @param train as measured while training, with augmentation; where images are mixed, the label
 *     with the larger share counts as right
 * @param val as evaluated at its end, with the averaged weights if there are such; empty if the run
 *     evaluates less often and this epoch was none of those
 * @param rate the learning rate of its last step
 * @param seconds of training and evaluation since the run began, pauses left out
 */
public record EpochRow(
    int epoch, long step, Training train, Optional<Validation> val, double rate, double seconds) {

  /** Mean loss over the images trained on, and the part of them that was classified rightly. */
  public record Training(double loss, double top1) {}

  /** Loss without smoothing, and parts of 1. */
  public record Validation(double loss, double top1, double top5) {
    private String csv() {
      return Decimals.format("%.6f,%.6f,%.6f", loss, top1, top5);
    }
  }

  /** The first line of the file. */
  public static final String HEADER =
      "epoch,step,train_loss,train_top1,val_loss,val_top1,val_top5,lr,seconds";

  /**
   * The figures of the evaluation.
   *
   * @throws IllegalStateException if this epoch was not evaluated
   */
  public Validation evaluated() {
    return val.orElseThrow(
        () -> new IllegalStateException("epoch " + epoch + " was not evaluated"));
  }

  /** This row of the file; without an evaluation its columns are empty. */
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
