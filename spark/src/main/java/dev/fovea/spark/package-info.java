/**
 * Fovea on Spark: the door for programs.
 *
 * <p>{@link dev.fovea.spark.FoveaClassifier} is a stage of Spark's pipelines that classifies the
 * images of a column; {@link dev.fovea.spark.FoveaFunctions} does the same in SQL; {@link
 * dev.fovea.spark.FoveaTrainer} is a stage that trains such a classifier, and {@link
 * dev.fovea.spark.Train} a program that does; {@link dev.fovea.spark.HuggingFaceParquet} reads
 * labeled images with the names of their classes. A model is read and checked by the driver, goes
 * to the executors once, and is compiled once in each.
 */
@NullMarked
package dev.fovea.spark;

import org.jspecify.annotations.NullMarked;
