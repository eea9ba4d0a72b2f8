/**
 * The peers' networks, written down once and run by several interpreters.
 *
 * <p>{@link dev.fovea.bench.net.Layers} is the vocabulary: a network is a piece of code over it,
 * and an interpreter decides what a layer does (compute it with libtorch, write it to an ONNX file,
 * count its parameters). These definitions share nothing with {@code dev.fovea.models} on purpose:
 * a mistake there must not make the peer wrong as well. {@link dev.fovea.bench.net.Networks} is the
 * list of names.
 *
 * <p>Next: {@code dev.fovea.bench.torch}, the libtorch peers.
 */
@NullMarked
package dev.fovea.bench.net;

import org.jspecify.annotations.NullMarked;
