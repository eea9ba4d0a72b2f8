/**
 * Shows a fine-tuning: on the console, as JSON, and its result as tables.
 *
 * <p>Reading order: {@link dev.fovea.app.finetuning.FinetuneConsole}, {@link
 * dev.fovea.app.finetuning.FinetuneJson}, {@link dev.fovea.app.finetuning.FinetuneText}. Next:
 * package {@link dev.fovea.app.explanation}.
 */
@NullMarked
package dev.fovea.app.finetuning;

import org.jspecify.annotations.NullMarked;
