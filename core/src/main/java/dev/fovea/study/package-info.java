/**
 * The papers' claims as experiments: what is trained, what is measured, and a rule for the verdict
 * that is written before the run.
 *
 * <p>A {@link dev.fovea.study.Study} names its {@link dev.fovea.study.Claim}, the {@link
 * dev.fovea.study.Arm}s it compares and the {@link dev.fovea.study.Criterion criteria} that decide.
 * An {@link dev.fovea.study.Experiment} fits the arms into the time there is ({@link
 * dev.fovea.study.Plan}), trains each with the trainer that everybody uses, and lets the study
 * conclude from what its {@link dev.fovea.study.StudyData} holds. Reading order: as named, then
 * {@code DegradationStudy} as the shortest study; {@link dev.fovea.study.claims.Studies} lists all.
 * Next: package {@code dev.fovea.interop}.
 */
@NullMarked
package dev.fovea.study;

import org.jspecify.annotations.NullMarked;
