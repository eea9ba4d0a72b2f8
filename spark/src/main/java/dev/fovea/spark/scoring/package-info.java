/**
 * Rows with images become rows with answers: {@link dev.fovea.spark.scoring.AnswerColumns} says
 * which columns, {@link dev.fovea.spark.scoring.ScoringJob} is what each partition of a job does.
 *
 * <p>Next: {@code dev.fovea.spark.training}.
 */
@NullMarked
package dev.fovea.spark.scoring;

import org.jspecify.annotations.NullMarked;
