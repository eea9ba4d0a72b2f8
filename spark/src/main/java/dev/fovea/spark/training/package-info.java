/**
 * Training in a barrier stage: Spark places the ranks and starts them again, all else is that of
 * {@code fovea train --hosts}.
 *
 * <p>{@link dev.fovea.spark.training.SparkTraining} is the driver's side: what it refuses, the job,
 * and what comes back. {@link dev.fovea.spark.training.RankTask} is one rank: it opens a port,
 * tells the others by {@link dev.fovea.spark.training.Hello}, and trains. {@link
 * dev.fovea.spark.training.LabeledImages} writes the images of a DataFrame as shards, which every
 * rank reads like any other set.
 *
 * <p>Next: {@code dev.fovea.spark}, the types that programs use.
 */
@NullMarked
package dev.fovea.spark.training;

import org.jspecify.annotations.NullMarked;
