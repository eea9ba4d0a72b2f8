/**
 * Machine code for x86-64: an assembler for the few AVX2 and AVX-512 instructions that Fovea's own
 * kernels consist of.
 *
 * <p>It turns method calls into bytes and knows nothing of convolutions: no register allocation, no
 * optimizer, no memory to execute the code in. Why kernels are assembled and not written with the
 * Vector API: decision 0250.
 *
 * <p>Main types: {@link dev.fovea.x86.Assembler}, {@link dev.fovea.x86.VectorWidth} (AVX2 or
 * AVX-512), {@link dev.fovea.x86.Reg} and {@link dev.fovea.x86.Mem} (operands), {@link
 * dev.fovea.x86.Label} (places to jump to). Next: package {@code dev.fovea.convolution}.
 */
@NullMarked
package dev.fovea.x86;

import org.jspecify.annotations.NullMarked;
