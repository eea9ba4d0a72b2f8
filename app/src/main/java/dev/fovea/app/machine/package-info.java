/**
 * Facts about the machine, and why the native library may not load on it.
 *
 * <p>Reading order: {@link dev.fovea.app.machine.Machine}, {@link dev.fovea.app.machine.Diagnosis}.
 * Next: package {@link dev.fovea.app.console}.
 */
@NullMarked
package dev.fovea.app.machine;

import org.jspecify.annotations.NullMarked;
