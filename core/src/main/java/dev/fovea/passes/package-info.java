/**
 * Graph to graph: one class per pass. Those that make a graph cheaper are each proven equal by a
 * test.
 *
 * <p>Passes run before differentiation, so that the gradients of the new graph follow from the same
 * rules as any other. Which run when is decided in {@code Compilation} of package {@code
 * dev.fovea.program}, which is the next. Reading order: {@link dev.fovea.passes.Pass}, {@link
 * dev.fovea.passes.FuseRelu}, {@link dev.fovea.passes.SkipStochasticDepth}, {@link
 * dev.fovea.passes.FixStatistics}.
 */
@NullMarked
package dev.fovea.passes;

import org.jspecify.annotations.NullMarked;
