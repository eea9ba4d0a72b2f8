/**
 * The training run: one configuration in, a folder of files out, every step told to listeners.
 *
 * <p>A <b>configuration</b> is a value; a <b>recipe</b> is one with a name, or a file that changes
 * some of its keys. A <b>run</b> owns a folder, is alone in it, and can be stopped and continued at
 * any step with the same bits as a result: everything random is a function of seed, epoch and
 * place, and the state file holds the rest. Nothing here prints.
 *
 * <p>A run is made of values, each from those before it: {@link dev.fovea.train.TrainingSetup}
 * (resolved configuration, network, open {@link dev.fovea.train.TrainingData}), the report of
 * {@link dev.fovea.train.Preflight}, {@link dev.fovea.train.EpochBudget}, {@link
 * dev.fovea.train.CompiledPhase}; together a {@link dev.fovea.train.PreparedRun}. With a {@link
 * dev.fovea.train.RunStore}, its folder, it is trained; without one it is a {@link
 * dev.fovea.train.ScratchRun}.
 *
 * <p>Reading order: {@link dev.fovea.train.RunConfig} and {@link dev.fovea.train.Recipes}, {@link
 * dev.fovea.train.Trainer} (the loop), {@link dev.fovea.train.PreparedRun} and its parts, {@link
 * dev.fovea.train.EvaluationPolicy}, {@link dev.fovea.train.RunStore}, {@link
 * dev.fovea.train.TrainEvent} and {@link dev.fovea.train.TrainListener}, {@link
 * dev.fovea.train.TrainResult}, {@link dev.fovea.train.RunFolder}, {@link
 * dev.fovea.train.MetricsCsv}; beside them {@link dev.fovea.train.DryRun} and {@link
 * dev.fovea.train.RangeTest}, which leave no folder, and {@link dev.fovea.train.CheckpointAverage}.
 * Next: package {@code dev.fovea.interop}, which reads the files of others; the command line is in
 * module {@code app}.
 */
@NullMarked
package dev.fovea.train;

import org.jspecify.annotations.NullMarked;
