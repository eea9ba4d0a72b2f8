/**
 * Networks as immutable graphs of operations, with their parameters and their cost.
 *
 * <p>A network is described for one image, independent of the batch size. Every error is found
 * while it is built, before memory is allocated. Training and inference programs are compiled from
 * the same graph.
 *
 * <p>Reading order: {@link dev.fovea.graph.Op} (the closed set of operations), {@link
 * dev.fovea.graph.Node}, {@link dev.fovea.graph.Graph}, {@link dev.fovea.graph.GraphBuilder},
 * {@link dev.fovea.graph.ParamSpec} with {@link dev.fovea.graph.Initializer} and {@link
 * dev.fovea.graph.PatchWhitening}, {@link dev.fovea.graph.Cost}. Next: package {@code
 * dev.fovea.models}, the networks built with it.
 */
@NullMarked
package dev.fovea.graph;

import org.jspecify.annotations.NullMarked;
