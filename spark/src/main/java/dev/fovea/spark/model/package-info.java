/**
 * A model on its way from the driver to the executors, and the programs that executors make of it.
 *
 * <p>The driver reads a {@link dev.fovea.spark.model.ModelSource}, from a local file or any file
 * system that Hadoop knows, and checks it before a job starts. {@link
 * dev.fovea.spark.model.BroadcastModel} takes it to the executors in pieces. {@link
 * dev.fovea.spark.model.ExecutorPrograms} holds what an executor has open: one program for each
 * model and {@link dev.fovea.spark.model.ProgramOptions}, however many tasks use it.
 *
 * <p>Next: {@code dev.fovea.spark.scoring}.
 */
@NullMarked
package dev.fovea.spark.model;

import org.jspecify.annotations.NullMarked;
