/**
 * What a network is: an immutable graph of operations, its parameters and its cost.
 *
 * <p>A network is described once, for one image, without a batch size. Everything that can be wrong
 * with it is found while it is built, before memory is taken. Training and inference are two
 * compilations of the same graph.
 *
 * <p>Reading order: {@link dev.fovea.graph.Op} (the closed set of operations), {@link
 * dev.fovea.graph.Node}, {@link dev.fovea.graph.Graph}, {@link dev.fovea.graph.GraphBuilder},
 * {@link dev.fovea.graph.ParamSpec} with {@link dev.fovea.graph.Initializer}, {@link
 * dev.fovea.graph.Cost}. Next: package {@code dev.fovea.models}, the networks made of it.
 */
@NullMarked
package dev.fovea.graph;

import org.jspecify.annotations.NullMarked;
