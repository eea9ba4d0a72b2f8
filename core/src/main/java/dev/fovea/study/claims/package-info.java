/**
 * The studies: one claim of a paper each, with the networks to compare, the measurements, and the
 * criteria for the verdict.
 *
 * <p>The studies are independent of each other; {@link dev.fovea.study.claims.Studies} lists them.
 * They share {@link dev.fovea.study.claims.StudyConfigs} (base configurations) and {@link
 * dev.fovea.study.claims.StagedNetwork} (plain networks of a wanted cost); {@link
 * dev.fovea.study.claims.Progress}, which observes while a network trains, {@link
 * dev.fovea.study.claims.Confidence} and {@link dev.fovea.study.claims.WholeTest}, which are {@link
 * dev.fovea.study.claims.FinalMeasurement}s, all by logits from {@link
 * dev.fovea.study.claims.Answers}; {@link dev.fovea.study.claims.InceptionForm} (residual networks
 * rewritten); {@link dev.fovea.study.claims.Activations} of single nodes; {@link
 * dev.fovea.study.claims.Stopwatch} (layer times) and {@link dev.fovea.study.claims.Votes}
 * (ensembles). {@link dev.fovea.study.claims.Transfer} reads features out (by package {@code
 * dev.fovea.logistic}) and finds images on {@link dev.fovea.study.claims.Canvas}es.
 *
 * <p>Reading order: {@link dev.fovea.study.claims.DegradationStudy} is the shortest. Next: package
 * {@code dev.fovea.study.ledger}.
 */
@NullMarked
package dev.fovea.study.claims;

import org.jspecify.annotations.NullMarked;
