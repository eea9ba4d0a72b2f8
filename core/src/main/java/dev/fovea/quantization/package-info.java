/**
 * Post-training quantization: a trained network, some images, and out comes the same network in
 * 8-bit integers.
 *
 * <p>Batch norms are folded into convolutions. {@code Placement} decides from the graph alone which
 * values are kept in 8 bits, which of them share a step, and which have a sign. The network in
 * binary32 runs over the calibration images twice: a {@code Histogram} of every value gives its
 * step by an {@link dev.fovea.quantization.Observer}, then {@code InputMeans} give the mean error
 * of every layer, which its bias takes back (Nagel et al. 2019). The result depends on network,
 * images and options only.
 *
 * <p>Reading order: {@link dev.fovea.quantization.Quantizer}, {@link
 * dev.fovea.quantization.QuantizationOptions}, {@link dev.fovea.quantization.QuantizedNetwork},
 * {@code Placement}, {@link dev.fovea.quantization.Observer}, {@code Histogram}, {@code
 * LayerWeights}, {@code InputMeans}. What the numbers mean is said by {@link
 * dev.fovea.program.Quantization}; {@link dev.fovea.eval.Agreement} measures what they cost. Next:
 * package {@code dev.fovea.train}.
 */
@NullMarked
package dev.fovea.quantization;

import org.jspecify.annotations.NullMarked;
