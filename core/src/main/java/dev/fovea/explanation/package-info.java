/**
 * Why a network answers what it answers: heat maps over the image, checks of how much they can be
 * trusted, and boxes made from them.
 *
 * <p>Main type: {@link dev.fovea.explanation.Explanation}. Reading order: {@link
 * dev.fovea.explanation.ExplanationMethod} and {@link dev.fovea.explanation.ExplanationTarget} (what
 * may be asked), {@link dev.fovea.explanation.HeatMap} (what comes back), {@code ActivationMaps},
 * {@code PathIntegral}, {@code OcclusionMap}, {@code NoisyGradients} (the methods, over a {@code
 * ScoredNetwork}), {@link dev.fovea.explanation.ExplanationCheck} and {@link
 * dev.fovea.explanation.Localization} (what the maps are worth). The door for programs is {@link
 * dev.fovea.Explainer}.
 */
@NullMarked
package dev.fovea.explanation;

import org.jspecify.annotations.NullMarked;
