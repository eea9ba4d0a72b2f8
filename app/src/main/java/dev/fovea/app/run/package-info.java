/**
 * Shows the progress of a training run or a study: on the console, as JSON, and in the run folder.
 *
 * <p>Reading order: {@link dev.fovea.app.run.RunConsole}, {@link dev.fovea.app.run.EpochTable},
 * {@link dev.fovea.app.run.RunJson}, {@link dev.fovea.app.run.RunReporter}, {@link
 * dev.fovea.app.run.StudyConsole}, {@link dev.fovea.app.run.ConvolutionTable}. Next: package {@link dev.fovea.app.evaluation}.
 */
@NullMarked
package dev.fovea.app.run;

import org.jspecify.annotations.NullMarked;
