/**
 * The interface between networks and engines: a backend compiles a graph to a program.
 *
 * <p>Reading order: {@link dev.fovea.program.Compilation} (the steps, on one page), {@link
 * dev.fovea.program.CompileOptions}, {@link dev.fovea.program.Backend}, {@link
 * dev.fovea.program.TrainingProgram}, {@link dev.fovea.program.InferenceProgram}, {@link
 * dev.fovea.program.ParameterSet}. {@link dev.fovea.program.ObservingProgram} shows what nodes
 * compute, {@link dev.fovea.program.AttributionProgram} how logits depend on it, {@link
 * dev.fovea.program.Quantization} says which values are kept in 8 bits. {@link
 * dev.fovea.program.SystemMemory} says how much memory programs may use. Next: package {@code
 * dev.fovea.reference}, the readable implementation in float64.
 */
@NullMarked
package dev.fovea.program;

import org.jspecify.annotations.NullMarked;
