/**
 * Formats the results of an evaluation: tables, JSON and files.
 *
 * <p>Reading order: {@link dev.fovea.app.evaluation.EvalText}, {@link
 * dev.fovea.app.evaluation.EvalFiles}, {@link dev.fovea.app.evaluation.ResultsFile}. Next: package
 * {@link dev.fovea.app.finetuning}.
 */
@NullMarked
package dev.fovea.app.evaluation;

import org.jspecify.annotations.NullMarked;
