/**
 * The peers in Python: PyTorch of today, eager and compiled, and OpenVINO.
 *
 * <p>Their process is {@code bench/python/peers.py}, which speaks the protocol of {@link
 * dev.fovea.bench.Turns}. {@link dev.fovea.bench.python.PythonEnvironment} finds the virtual
 * environment that runs it, and {@link dev.fovea.bench.python.ListedLayers} writes the network that
 * PyTorch builds; OpenVINO reads the ONNX model. Last package of the reading order.
 */
@NullMarked
package dev.fovea.bench.python;

import org.jspecify.annotations.NullMarked;
