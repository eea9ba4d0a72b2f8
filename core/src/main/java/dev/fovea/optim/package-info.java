/**
 * How parameters move: optimizers, learning rates, weight decay, clipping and weight averaging.
 *
 * <p>Everything that a recipe chooses is an immutable record which turns into a plain map and back.
 * The arithmetic is written as {@link dev.fovea.program.BlockKernel}s, so it runs in the backend's
 * own layout, on all threads, and gives the same result however the work is shared out.
 *
 * <p>Reading order: {@link dev.fovea.optim.UpdateRule} (what a recipe says), {@link
 * dev.fovea.optim.Updater} (one step of it), {@link dev.fovea.optim.Optimizer} and {@link
 * dev.fovea.optim.Sgd} with its siblings, {@link dev.fovea.optim.ParameterGroups} with {@link
 * dev.fovea.optim.FineTuning}, {@link dev.fovea.optim.Clipping}, {@link
 * dev.fovea.optim.WeightAverage}, {@link dev.fovea.optim.BatchStatistics}; beside them {@link
 * dev.fovea.optim.LearningRate} with {@link dev.fovea.optim.Schedule}, {@link
 * dev.fovea.optim.WarmUp} and {@link dev.fovea.optim.TrainingLength}. A new optimizer is one record
 * with its kernel, named in {@code Optimizer}. Next: package {@code dev.fovea.checkpoint}, the
 * files that keep what moved.
 */
@NullMarked
package dev.fovea.optim;

import org.jspecify.annotations.NullMarked;
