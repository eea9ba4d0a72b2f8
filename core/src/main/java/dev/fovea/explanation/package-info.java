/**
 * Why a network answers what it answers: heat maps over the image, checks of how much they can be
 * trusted, and boxes made from them.
 *
 * <p>Main type: {@link dev.fovea.explanation.Explanation}. Reading order: {@link
 * dev.fovea.explanation.ExplanationMethod} and {@link dev.fovea.explanation.ExplanationTarget}
 * (what may be asked), {@link dev.fovea.explanation.HeatMap} (what comes back), {@link
 * dev.fovea.explanation.MapMethods} (the methods, over a {@link
 * dev.fovea.explanation.ScoredNetwork}), {@link dev.fovea.explanation.ExplainedModels} (from
 * pictures to explanations, several models together), {@link dev.fovea.explanation.BoxAnnotations}
 * and {@link dev.fovea.explanation.LocalizedImage} (boxes that people drew, and those that maps
 * give). The door for programs is {@code dev.fovea.Explainer}.
 */
@NullMarked
package dev.fovea.explanation;

import org.jspecify.annotations.NullMarked;
