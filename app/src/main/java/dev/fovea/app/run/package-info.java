/**
 * Shows a training run or a study while it goes on: to people, to programs, and in the run folder.
 *
 * <p>Reading order: {@link dev.fovea.app.run.RunConsole}, {@link dev.fovea.app.run.EpochTable},
 * {@link dev.fovea.app.run.RunJson}, {@link dev.fovea.app.run.RunReporter}, {@link
 * dev.fovea.app.run.StudyConsole}. Next: package {@link dev.fovea.app.evaluation}.
 */
@NullMarked
package dev.fovea.app.run;

import org.jspecify.annotations.NullMarked;
