/**
 * One class per command: its options, its help text, and the calls into the library.
 *
 * <p>Reading order: {@link dev.fovea.app.command.TrainCommand}, {@link
 * dev.fovea.app.command.EvalCommand}, {@link dev.fovea.app.command.PredictCommand}. Next: package
 * {@link dev.fovea.app.option}.
 */
@NullMarked
package dev.fovea.app.command;

import org.jspecify.annotations.NullMarked;
