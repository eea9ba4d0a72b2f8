/**
 * The fast backend: lowers graphs to flat lists of oneDNN primitives and kernels of our own over
 * one arena.
 *
 * <p>Lowering walks the graph once forward and once backward and appends instructions to a list;
 * their operands are buffers without an address. Classes named after families of operations ({@code
 * Convolutions}, {@code Norms}, ...) turn an operation and its derivative into instructions. When
 * all are known, the memory plan lays out the buffers by their lifetimes, one arena is allocated,
 * and the list is bound to it. From then on a step is a loop over calls; the objects of the
 * compilation are gone.
 *
 * <p>Reading order: {@link dev.fovea.onednn.OneDnnBackend}, {@code OneDnnTrainingProgram} (the
 * steps, on one page), {@code ForwardLowering}, {@code Lowerings} and its members, {@code
 * BackwardLowering}, {@code OneDnnAttributionProgram} (the same without gradients of parameters),
 * {@code Instruction}, {@code MemoryPlan}, {@code CompiledStep}; then the optimizations: {@code
 * FastConvolutions} (with package {@code dev.fovea.convolution}), {@code FoldedConvolutions},
 * {@code ConcatAliasing}, {@code HoistedNorms}, {@code Accumulation}, {@code Recomputation};
 * statistics over ranks: {@code SynchronizedNorms}, {@code ChannelMoments} (with package {@code
 * dev.fovea.normalization}); networks in 8-bit integers: {@code QuantizedLowering}, {@code
 * QuantizedConvolutions}, {@code QuantizedTensors}; then parameters: {@code ParameterLayout},
 * {@code Weights}, {@code BlockWalk}.
 *
 * <p>The files fall into five groups: the backend and its programs ({@code OneDnn...}, {@code
 * CompiledStep}, {@code StepRun}); lowering, with one class per family of operations; instructions
 * ({@code Instruction...}, {@code Executable} and the Java kernels {@code LossStep}, {@code
 * DropoutStep}, {@code RunningStatistics}); memory and parameters ({@code Tensor}, {@code Buffer},
 * {@code Memory...}, {@code ProgramMemory}, {@code ParameterLayout}, {@code Weights}); and
 * optimizations. Next: package {@code dev.fovea.collective}.
 */
@NullMarked
package dev.fovea.onednn;

import org.jspecify.annotations.NullMarked;
