/**
 * The seam between networks and engines: a backend compiles a graph to a program.
 *
 * <p>Reading order: {@link dev.fovea.program.Compilation} (the way on one page), {@link
 * dev.fovea.program.CompileOptions}, {@link dev.fovea.program.Backend}, {@link
 * dev.fovea.program.TrainingProgram}, {@link dev.fovea.program.InferenceProgram}, {@link
 * dev.fovea.program.ParameterSet}; beside them {@link dev.fovea.program.SystemMemory}, what
 * programs must fit into. Next: package {@code dev.fovea.reference}, the slow right answer.
 */
@NullMarked
package dev.fovea.program;

import org.jspecify.annotations.NullMarked;
