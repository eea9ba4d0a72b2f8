/**
 * Networks as ONNX models, and the ONNX Runtime peer, inference only.
 *
 * <p>{@link dev.fovea.bench.onnx.NetworkModel} exports a network of Fovea's list as an ONNX model,
 * {@link dev.fovea.bench.onnx.OnnxSide} is the process that runs the model. Next: {@code
 * dev.fovea.bench.python}, the peers in Python.
 */
@NullMarked
package dev.fovea.bench.onnx;

import org.jspecify.annotations.NullMarked;
