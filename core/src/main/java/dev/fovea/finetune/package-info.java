/**
 * Fits a trained network to images of other classes: a linear classifier on its features, then the
 * network.
 *
 * <p>Reading order: {@link dev.fovea.finetune.FinetuneConfig}, {@link
 * dev.fovea.finetune.Finetuner}, {@link dev.fovea.finetune.HeadStage}, {@link
 * dev.fovea.finetune.FinetunePlan}. The linear classifier is that of package {@code
 * dev.fovea.logistic}; the second stage is a run as package {@link dev.fovea.train} knows it.
 */
@NullMarked
package dev.fovea.finetune;

import org.jspecify.annotations.NullMarked;
