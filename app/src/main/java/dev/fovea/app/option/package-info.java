/**
 * Options shared by several commands, and the meaning of their values.
 *
 * <p>A flag that changes a setting of a run adds it by its key, so that a flag, a recipe file and
 * {@code --set} are one mechanism. Reading order: {@link dev.fovea.app.option.RunFlags}, {@link
 * dev.fovea.app.option.RecipeFlags}, {@link dev.fovea.app.option.InferenceOptions}, {@link
 * dev.fovea.app.option.ModelPath}. Next: package {@link dev.fovea.app.run}.
 */
@NullMarked
package dev.fovea.app.option;

import org.jspecify.annotations.NullMarked;
