/**
 * Logistic regression: the linear classifier of given features that has the lowest loss with L2
 * regularization, and the strength of that by cross-validation.
 *
 * <p>Fine-tuning fits last layers by it, and studies measure what frozen features are worth.
 *
 * <p>Reading order: {@link dev.fovea.logistic.FeatureSet}, {@link
 * dev.fovea.logistic.LogisticRegression} and its {@link dev.fovea.logistic.LinearClassifier},
 * {@link dev.fovea.logistic.Lbfgs}, {@link dev.fovea.logistic.StrengthChoice} with its {@link
 * dev.fovea.logistic.Folds}. Next: package {@code dev.fovea.quantization}.
 */
@NullMarked
package dev.fovea.logistic;

import org.jspecify.annotations.NullMarked;
