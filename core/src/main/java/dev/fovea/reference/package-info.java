/**
 * The slow right answer: every operation, forward and gradient, in float64 over plain row-major
 * arrays, written to be read beside the papers.
 *
 * <p>It exists to be compared with. A fast engine must agree with it operation by operation; it
 * itself must agree with finite differences and with figures that PyTorch computed in float64.
 * Speed matters only as far as small networks must train ten steps within seconds. All loops sum in
 * a fixed order, so results are equal from run to run and for any number of threads.
 *
 * <p>Tensors are {@code double[]} in row-major (N, C, H, W) or (N, F) order. Not behind {@link
 * dev.fovea.program.Backend}: a backend's weights are binary32, and rounding them would hide what a
 * finite difference must see.
 *
 * <p>Reading order: {@link dev.fovea.reference.ReferenceProgram}, then {@code Call}, {@code
 * Forward} and {@code Backward} (one line per operation), the formulas in {@code Convolution},
 * {@code BatchNormalization}, {@code Pooling}, {@code Channels}, {@code Pointwise}, {@code
 * CrossEntropy}, and {@link dev.fovea.reference.ReferenceOptimizers}. Next: package {@code
 * dev.fovea.onednn}, the fast answer.
 */
@NullMarked
package dev.fovea.reference;

import org.jspecify.annotations.NullMarked;
