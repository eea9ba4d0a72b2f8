/**
 * From a network and its loss to a training graph: one gradient rule per operation, in one table.
 *
 * <p>Reading order: {@link dev.fovea.autodiff.SoftmaxCrossEntropy}, {@link
 * dev.fovea.autodiff.GradientRules} (the table), {@link dev.fovea.autodiff.Gradients} (the walk),
 * {@link dev.fovea.autodiff.BackwardStep} and {@link dev.fovea.autodiff.TrainingGraph} (the
 * result). Next: package {@code dev.fovea.passes}, which makes a graph cheaper before it is
 * differentiated.
 */
@NullMarked
package dev.fovea.autodiff;

import org.jspecify.annotations.NullMarked;
