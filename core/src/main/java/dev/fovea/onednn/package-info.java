/**
 * The fast answer: graphs lowered to flat lists of oneDNN primitives over one planned arena.
 *
 * <p>LoweringContext walks the graph once forward and once backward. Each step describes an
 * operation to oneDNN, takes the implementation it offers, and records (primitive, operands) on a
 * tape; operands are buffers without an address. When all are known, the memory plan lays them out
 * by the time they live, one arena is taken, and the tape is bound to it. From then on a step is a
 * loop over calls.
 *
 * <p>Reading order: {@link dev.fovea.onednn.OneDnnBackend}, {@code OneDnnTrainingProgram}, {@code
 * LoweringContext}, {@code ForwardLowering}, {@code FoldedConvolutions}, {@code ConcatAliasing},
 * {@code HoistedNorms}, {@code BackwardLowering}, {@code InstructionList}, {@code MemoryPlan},
 * {@code ParameterLayout}, {@code BlockWalk}. Next: package {@code dev.fovea.optim}.
 */
@NullMarked
package dev.fovea.onednn;

import org.jspecify.annotations.NullMarked;
