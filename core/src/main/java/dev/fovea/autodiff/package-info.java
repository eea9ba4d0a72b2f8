/**
 * Reverse-mode differentiation: derives a training graph from a network and its loss, or the way
 * back from a score of the logits to nodes and images, with one gradient rule per operation in one
 * table.
 *
 * <p>Reading order: {@link dev.fovea.autodiff.SoftmaxCrossEntropy}, {@link
 * dev.fovea.autodiff.GradientRules} (the table), {@link dev.fovea.autodiff.Gradients} (the
 * algorithm), {@link dev.fovea.autodiff.BackwardStep}, {@link dev.fovea.autodiff.TrainingGraph} and
 * {@link dev.fovea.autodiff.AttributionGraph} (the results). Next: package {@code
 * dev.fovea.passes}, which rewrites graphs before they are differentiated.
 */
@NullMarked
package dev.fovea.autodiff;

import org.jspecify.annotations.NullMarked;
