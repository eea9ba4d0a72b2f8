/**
 * The reference implementation: every operation, forward and backward, in float64 over row-major
 * arrays, written to be read alongside the papers.
 *
 * <p>Tests compare engines with it, operation by operation, and compare it with finite differences
 * and with values that PyTorch computed in float64. It only has to be fast enough to train small
 * networks for ten steps within seconds. All loops sum in a fixed order, so results are the same in
 * every run and for any number of threads.
 *
 * <p>Tensors are {@code double[]} in row-major (N, C, H, W) or (N, F) order. It does not implement
 * {@link dev.fovea.program.Backend}, whose weights are binary32: finite differences would drown in
 * their rounding.
 *
 * <p>Synchronized batch norms sum their statistics over ranks by {@link
 * dev.fovea.reference.ReferenceExchange}.
 *
 * <p>Reading order: {@link dev.fovea.reference.ReferenceProgram}, then {@code Call}, {@code
 * Forward} and {@code Backward} (one line per operation), the formulas in {@code Convolution},
 * {@code BatchNormalization}, {@code Pooling}, {@code Channels}, {@code Pointwise}, {@code
 * CrossEntropy}, {@link dev.fovea.reference.ReferenceAttribution} for gradients of scores, {@link
 * dev.fovea.reference.ReferenceOptimizers}, and {@link dev.fovea.reference.QuantizedReference} for
 * networks in 8-bit integers. Next: package {@code dev.fovea.x86}, the first of those that the fast
 * backend consists of.
 */
@NullMarked
package dev.fovea.reference;

import org.jspecify.annotations.NullMarked;
