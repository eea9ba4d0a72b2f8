/**
 * The libtorch peers: eager execution through the JavaCPP preset, tuned as a careful user would.
 *
 * <p>{@link dev.fovea.bench.torch.TorchLayers} makes the same calls into libtorch that PyTorch's
 * eager modules end in; {@link dev.fovea.bench.torch.TorchSide} is the process that runs a step of
 * training or inference with them.
 */
@NullMarked
package dev.fovea.bench.torch;

import org.jspecify.annotations.NullMarked;
