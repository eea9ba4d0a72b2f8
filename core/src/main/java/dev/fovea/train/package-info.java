/**
 * Training runs: one configuration in, a folder of files out, every step reported to listeners.
 *
 * <p>A <b>configuration</b> is an immutable value; a <b>recipe</b> is a named configuration, or a
 * file that changes some of its keys. A <b>run</b> owns its folder exclusively and can be stopped
 * and resumed at any step with bit-identical results: everything random is a function of seed,
 * epoch and position, and the state file holds the rest. Nothing here prints.
 *
 * <p>The classes form six groups:
 *
 * <ul>
 *   <li>configuration: {@link dev.fovea.train.RunConfig}, {@link dev.fovea.train.Recipes}, {@link
 *       dev.fovea.train.RecipeChoice} (by {@link dev.fovea.train.DataProfile}), {@link
 *       dev.fovea.train.ProgressiveResizing}, {@link dev.fovea.train.SaveInterval}, {@link
 *       dev.fovea.train.InitialModel}, {@link dev.fovea.train.FormerKeys};
 *   <li>preparation, as values each built from the earlier ones: {@link
 *       dev.fovea.train.TrainingSetup} (resolved configuration, network, open {@link
 *       dev.fovea.train.TrainingData}), the report of {@link dev.fovea.train.Preflight}, {@link
 *       dev.fovea.train.EpochBudget}, {@link dev.fovea.train.CompiledPhase}; together a {@link
 *       dev.fovea.train.PreparedRun}, with its files and ranks an {@link dev.fovea.train.OpenRun};
 *   <li>the loop: {@link dev.fovea.train.Trainer} with {@link dev.fovea.train.TrainingSteps},
 *       {@link dev.fovea.train.Position}, {@link dev.fovea.train.EvaluationPolicy}, {@link
 *       dev.fovea.train.PopulationStatistics} and {@link dev.fovea.train.BestModel}; it reports
 *       {@link dev.fovea.train.TrainEvent}s to {@link dev.fovea.train.TrainListener}s and returns a
 *       {@link dev.fovea.train.TrainResult};
 *   <li>files: {@link dev.fovea.train.RunFolder}, {@link dev.fovea.train.RunStore}, {@link
 *       dev.fovea.train.MetricsCsv};
 *   <li>several ranks: {@link dev.fovea.train.Ranks} (what they decide together), {@link
 *       dev.fovea.train.Agreement} (what they have in common), {@link
 *       dev.fovea.train.GradientExchange}, {@link dev.fovea.train.SharedBatches} with {@link
 *       dev.fovea.train.SharedBadImages}, {@link dev.fovea.train.SharedEvaluation}, {@link
 *       dev.fovea.train.SharedStore} with {@link dev.fovea.train.SharedSets}; {@link
 *       dev.fovea.train.RankBatch} for users;
 *   <li>experiments that write no run folder, on a {@link dev.fovea.train.ScratchRun}: {@link
 *       dev.fovea.train.DryRun}, {@link dev.fovea.train.RangeTest}, {@link
 *       dev.fovea.train.CheckpointAverage}.
 * </ul>
 *
 * <p>Reading order: the groups as listed. Next: package {@code dev.fovea.study}, which compares
 * many runs.
 */
@NullMarked
package dev.fovea.train;

import org.jspecify.annotations.NullMarked;
