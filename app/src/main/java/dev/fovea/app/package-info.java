/**
 * The command line: the only code that reads arguments, prints, and exits.
 *
 * <p>Reading order: {@link dev.fovea.app.Main}. Next: package {@code dev.fovea.train} of module
 * core, which does what the commands ask for.
 */
@NullMarked
package dev.fovea.app;

import org.jspecify.annotations.NullMarked;
