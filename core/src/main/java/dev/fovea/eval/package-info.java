/**
 * What a network knows: its probabilities, the figures that follow from them, and predictions.
 *
 * <p>Every figure is computed from the logarithms of class probabilities (the log-softmax of the
 * logits), one image at a time, so that averages over crops or over several models enter the same
 * way as a single network.
 *
 * <p>Reading order: {@link dev.fovea.eval.Evaluator} (the loop), {@link dev.fovea.eval.Tally} and
 * {@link dev.fovea.eval.Evaluation} (the figures), {@link dev.fovea.eval.Protocol} and {@link
 * dev.fovea.eval.Ensemble} (several views, several networks), {@link dev.fovea.eval.Judgements}
 * (image by image), {@link dev.fovea.eval.Classifier} and {@link dev.fovea.eval.Prediction} (a
 * model file put to use), {@link dev.fovea.eval.Predictor} (on many images). Next: package {@code
 * dev.fovea.train}, which evaluates after every epoch.
 */
@NullMarked
package dev.fovea.eval;

import org.jspecify.annotations.NullMarked;
