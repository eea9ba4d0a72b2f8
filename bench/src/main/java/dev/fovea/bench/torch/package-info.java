/**
 * The libtorch peers: eager execution through the JavaCPP preset, tuned as a careful user would
 * tune them.
 *
 * <p>{@link dev.fovea.bench.torch.TorchLayers} calls the libtorch functions that PyTorch's eager
 * modules call; {@link dev.fovea.bench.torch.TorchSide} is the process that runs training or
 * inference steps with them. Next: {@code dev.fovea.bench.onnx}, the ONNX Runtime peer.
 */
@NullMarked
package dev.fovea.bench.torch;

import org.jspecify.annotations.NullMarked;
