/**
 * Fovea in a program: what most programs need is here.
 *
 * <p>{@link dev.fovea.Classifier} answers with a model file, {@link dev.fovea.ClassifierEnsemble}
 * with several; {@link dev.fovea.Training} makes one from {@link dev.fovea.LabeledImages}.
 * Everything else in this package are their parts. This package is the door to the others and uses
 * them; none uses it. Types that programs use are marked {@link dev.fovea.api.Api}, here and
 * elsewhere.
 *
 * <p>Reading order: {@link dev.fovea.Classifier}, {@code BatchQueue} (how calls of many threads
 * become batches), {@link dev.fovea.SharedCores} (how several take turns), {@code Networks} (the
 * programs, and why answers do not depend on batches), {@link dev.fovea.Training}.
 */
@NullMarked
package dev.fovea;

import org.jspecify.annotations.NullMarked;
