/**
 * Inspection of a data set before training.
 *
 * <p>Reading order: {@link dev.fovea.data.inspect.DataCheck} (unreadable files, duplicates, leaks
 * between splits), {@link dev.fovea.data.inspect.DataStats} (mean, standard deviation and principal
 * axes of the colors), {@link dev.fovea.data.inspect.ContactSheet} (images with their classes as
 * one PNG). Next: package {@link dev.fovea.graph}.
 */
@NullMarked
package dev.fovea.data.inspect;

import org.jspecify.annotations.NullMarked;
