/**
 * Evaluation and prediction: class probabilities of a network and the metrics computed from them.
 *
 * <p>All metrics are computed from log-probabilities (the log-softmax of the logits), one image at
 * a time, so that averages over crops or several models are handled like a single network.
 *
 * <p>Reading order: {@link dev.fovea.eval.Evaluator} (the loop), {@link dev.fovea.eval.Tally} and
 * {@link dev.fovea.eval.Evaluation} (the metrics), {@link dev.fovea.eval.Protocol} and {@link
 * dev.fovea.eval.Ensemble} (several views, several networks), {@link dev.fovea.eval.Judgements}
 * (results per image), {@link dev.fovea.eval.CompiledModel} and {@link dev.fovea.eval.Prediction}
 * (classifying with a model file), {@link dev.fovea.eval.Predictor} (many images), {@link
 * dev.fovea.eval.Agreement} (two networks on the same images). Next: package {@code
 * dev.fovea.logistic}.
 */
@NullMarked
package dev.fovea.eval;

import org.jspecify.annotations.NullMarked;
