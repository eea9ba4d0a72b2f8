/**
 * Machine code for x86-64: an assembler for the few AVX2 and AVX-512 instructions that Fovea's own
 * kernels consist of.
 *
 * <p>It turns method calls into bytes and knows nothing of convolutions. Why kernels are assembled
 * and not written with the Vector API: decision 0250.
 */
@NullMarked
package dev.fovea.x86;

import org.jspecify.annotations.NullMarked;
