/**
 * The command line: the only code that reads arguments, prints, and exits.
 *
 * <p>Reading order: {@link dev.fovea.app.Main}, then {@link dev.fovea.app.command} (a class for
 * each command), {@link dev.fovea.app.option} (flags that commands share), {@link
 * dev.fovea.app.run}, {@link dev.fovea.app.evaluation} and {@link dev.fovea.app.summary} (what
 * commands print), {@link dev.fovea.app.report} (HTML pages), {@link dev.fovea.app.machine} (facts
 * about the machine) and {@link dev.fovea.app.console} (terminal, tables, JSON and error lines).
 * Next: package {@code dev.fovea.train} of module core.
 */
@NullMarked
package dev.fovea.app;

import org.jspecify.annotations.NullMarked;
