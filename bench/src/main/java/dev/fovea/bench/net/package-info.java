/**
 * The networks of the peers, defined once and run by several interpreters.
 *
 * <p>{@link dev.fovea.bench.net.Layers} is the interface: a network is code that calls it, and an
 * implementation decides what a layer does (compute it with libtorch, write it to an ONNX file,
 * count its parameters). These definitions deliberately share nothing with {@code
 * dev.fovea.models}, so that a mistake there does not affect the peers. {@link
 * dev.fovea.bench.net.Networks} is the list of names.
 *
 * <p>Next: {@code dev.fovea.bench.torch}, the libtorch peers.
 */
@NullMarked
package dev.fovea.bench.net;

import org.jspecify.annotations.NullMarked;
