package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.eval.Evaluation;
import java.util.Optional;

/**
 * How an epoch of a run went.
 *
 * <pre>{@code
 * TrainingResult result = Training.on(images).epochs(5).run();
 * for (TrainingEpoch epoch : result.epochs()) {
 *   System.out.println(epoch.number() + ": loss " + epoch.loss() + ", top-1 " + epoch.top1());
 * }
 * }</pre>
 *
 * @param number counted from 1
 * @param of the number of epochs of the run
 * @param loss mean over the training images, with augmentation
 * @param top1 the fraction of validation images whose class was found; NaN if the epoch was not
 *     evaluated
 * @param best whether the model file now holds the weights of this epoch
 * @param seconds since the start of the run, without interruptions
 * @param evaluation all figures on the validation images; empty if the epoch was not evaluated, or
 *     before the run was resumed
 */
@Api(Api.Status.STABLE)
public record TrainingEpoch(
    int number,
    int of,
    double loss,
    double top1,
    boolean best,
    double seconds,
    Optional<Evaluation> evaluation) {}
