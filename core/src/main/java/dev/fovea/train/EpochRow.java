package dev.fovea.train;

import dev.fovea.tensor.Decimals;

/**
 * A row of {@code metrics.csv}: what happened from one evaluation to the next, which is an epoch
 * unless a run evaluates less often.
 *
 * @param epoch the one that the evaluation ended, counted from 1
 * @param step steps made at its end
 * @param train as measured while training, with augmentation; where pictures are mixed, the label
 *     with the larger share counts as right
 * @param val as evaluated at its end, with the averaged weights if there are such
 * @param rate the learning rate of its last step
 * @param seconds of training and evaluation since the run began, pauses left out
 */
public record EpochRow(
    int epoch, long step, Training train, Validation val, double rate, double seconds) {

  /** Mean loss over the images trained on, and the part of them that was classified rightly. */
  public record Training(double loss, double top1) {}

  /** Loss without smoothing, and parts of 1. */
  public record Validation(double loss, double top1, double top5) {}

  /** The first line of the file. */
  public static final String HEADER =
      "epoch,step,train_loss,train_top1,val_loss,val_top1,val_top5,lr,seconds";

  /** This row of the file. */
  public String csv() {
    return Decimals.format(
        "%d,%d,%.6f,%.6f,%.6f,%.6f,%.6f,%s,%.1f",
        epoch,
        step,
        train.loss(),
        train.top1(),
        val.loss(),
        val.top1(),
        val.top5(),
        Double.toString(rate),
        seconds);
  }
}
