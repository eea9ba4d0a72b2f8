/**
 * Terminal output and command endings: tables, JSON, number formats, signals, error lines and exit
 * codes.
 *
 * <p>Reading order: {@link dev.fovea.app.console.Terminal}, {@link
 * dev.fovea.app.console.ErrorLine}, {@link dev.fovea.app.console.ExitCode}, {@link
 * dev.fovea.app.console.Interrupts}, {@link dev.fovea.app.console.Human}, {@link
 * dev.fovea.app.console.Table}. Next: package {@code dev.fovea.train} of module core.
 */
@NullMarked
package dev.fovea.app.console;

import org.jspecify.annotations.NullMarked;
