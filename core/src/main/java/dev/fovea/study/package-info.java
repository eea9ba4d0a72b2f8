/**
 * Claims of papers as experiments: what is trained, what is measured, and criteria for the verdict
 * that are fixed before the runs.
 *
 * <p>A {@link dev.fovea.study.Study} states its {@link dev.fovea.study.Claim}, the {@link
 * dev.fovea.study.Arm}s to compare and the deciding {@link dev.fovea.study.Criterion criteria}. An
 * {@link dev.fovea.study.Experiment} fits the arms into the available time ({@link
 * dev.fovea.study.Plan}), trains each with the ordinary {@link dev.fovea.train.Trainer}, and passes
 * the runs to the study as {@link dev.fovea.study.StudyData}; the result is a {@link
 * dev.fovea.study.Conclusion} with {@link dev.fovea.study.Plot}s and {@link dev.fovea.study.Grid}s,
 * and a {@link dev.fovea.study.Verdict}. What a study measures beside the claim answers a {@link
 * dev.fovea.study.Question}.
 *
 * <p>Reading order: as named. Next: package {@code dev.fovea.study.claims}, the studies themselves.
 */
@NullMarked
package dev.fovea.study;

import org.jspecify.annotations.NullMarked;
