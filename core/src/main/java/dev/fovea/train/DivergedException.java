package dev.fovea.train;

import dev.fovea.api.Api;
import java.util.List;

/**
 * Training diverged: loss, weights or gradients became NaN or infinite. The files on disk are from
 * before that step.
 *
 * <pre>{@code
 * try {
 *   Training.on(images).learningRate(10).run();
 * } catch (DivergedException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final long step;
  private final double loss;
  private final double rate;
  private final double gradientNorm;
  private final transient List<String> files;

  /**
   * Creates an exception.
   *
   * @param where for example {@code on rank 1}; empty if the run has only one
   */
  DivergedException(
      long step, double loss, double rate, double gradientNorm, String where, List<String> files) {
    super(
        (Double.isFinite(loss)
                ? "weights or gradients are not finite after step " + step
                : "the loss became " + loss + where + " at step " + step)
            + " (learning rate "
            + rate
            + ", gradient norm "
            + gradientNorm
            + "); the files of the run are from before that step. Lower learning.rate.base, clip"
            + " gradients (learning.update.clipping.norm), or look at the images of this batch: "
            + shown(files));
    this.step = step;
    this.loss = loss;
    this.rate = rate;
    this.gradientNorm = gradientNorm;
    this.files = List.copyOf(files);
  }

  private static String shown(List<String> files) {
    return String.join(", ", files.subList(0, Math.min(5, files.size())))
        + (files.size() > 5 ? ", and " + (files.size() - 5) + " more" : "");
  }

  /** Returns the step that failed, counted from 1. */
  public long step() {
    return step;
  }

  /** Returns the loss; finite only if non-finite weights or gradients were the problem. */
  public double loss() {
    return loss;
  }

  /** Returns the learning rate of the step. */
  public double rate() {
    return rate;
  }

  /** Returns the global L2 norm of the gradients of the step. */
  public double gradientNorm() {
    return gradientNorm;
  }

  /** Returns the names of the images in the batch. */
  public List<String> files() {
    return files;
  }
}
