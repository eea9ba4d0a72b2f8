/**
 * The fast answer: graphs lowered to flat lists of oneDNN primitives and Java kernels over one
 * planned arena.
 *
 * <p>Lowering walks the graph once forward and once backward and adds instructions to a list; their
 * operands are buffers without an address. Classes named after families of operations ({@code
 * Convolutions}, {@code Norms}, ...) turn an operation and its derivative into instructions. When
 * all are known, the memory plan lays the buffers out by the time they live, one arena is taken,
 * and the list is bound to it. From then on a step is a loop over calls, and nothing of its
 * compilation is left.
 *
 * <p>Reading order: {@link dev.fovea.onednn.OneDnnBackend}, {@code OneDnnTrainingProgram} (the way
 * on one page), {@code ForwardLowering}, {@code Lowerings} and its members, {@code
 * BackwardLowering}, {@code Instruction}, {@code MemoryPlan}, {@code CompiledStep}; then what makes
 * it faster: {@code FoldedConvolutions}, {@code ConcatAliasing}, {@code HoistedNorms}, {@code
 * Accumulation}, {@code Recomputation}; then parameters: {@code ParameterLayout}, {@code Weights},
 * {@code BlockWalk}. Next: package {@code dev.fovea.optim}.
 */
@NullMarked
package dev.fovea.onednn;

import org.jspecify.annotations.NullMarked;
