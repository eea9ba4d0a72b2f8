/**
 * Optimizers and everything else that decides how weights are updated: learning rates, weight
 * decay, gradient clipping, lookahead and weight averaging.
 *
 * <p>Everything a recipe chooses is an immutable record that converts to a plain map and back. The
 * arithmetic is written as {@link dev.fovea.program.BlockKernel}s, so it runs in the backend's own
 * memory layout on all threads, with results that do not depend on how the work is divided; Muon
 * updates whole filters, one after the other, by the backend's matrix products.
 *
 * <p>Reading order: {@link dev.fovea.optim.UpdateRule} (what a recipe specifies), {@link
 * dev.fovea.optim.Updater} (applies it), {@link dev.fovea.optim.Optimizer} with {@link
 * dev.fovea.optim.Sgd} and the other optimizers, {@link dev.fovea.optim.ParameterGroups} with
 * {@link dev.fovea.optim.FineTuning}, {@link dev.fovea.optim.Clipping}, {@link
 * dev.fovea.optim.Lookahead}, {@link dev.fovea.optim.WeightAverage}, {@link
 * dev.fovea.optim.BatchStatistics}; then {@link dev.fovea.optim.LearningRate} with {@link
 * dev.fovea.optim.Schedule}, {@link dev.fovea.optim.WarmUp} and {@link
 * dev.fovea.optim.TrainingLength}. A new optimizer is one record with its kernel, named in {@code
 * Optimizer}. Next: package {@code dev.fovea.checkpoint}, the files that store weights and state.
 */
@NullMarked
package dev.fovea.optim;

import org.jspecify.annotations.NullMarked;
