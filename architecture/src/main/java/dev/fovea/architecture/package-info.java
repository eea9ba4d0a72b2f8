/**
 * Rules for the packages of a module: {@link dev.fovea.architecture.Layers} is the list of a
 * module's packages with the arrows between them, {@link dev.fovea.architecture.LayeredModule} the
 * tests that hold it, which the {@code ArchitectureTest} of each module implements.
 */
@NullMarked
package dev.fovea.architecture;

import org.jspecify.annotations.NullMarked;
