/**
 * Graph rewrites, one class per pass. Each optimization is proven equivalent by a test.
 *
 * <p>Passes run before differentiation, so that the gradients of the new graph follow from the same
 * rules as any other. {@code Compilation} in package {@code dev.fovea.program} decides which of
 * them run. Reading order: {@link dev.fovea.passes.Pass}, {@link dev.fovea.passes.FuseRelu}, {@link
 * dev.fovea.passes.SkipDropout}, {@link dev.fovea.passes.FixStatistics}, {@link
 * dev.fovea.passes.SynchronizeStatistics}, {@link dev.fovea.passes.InferenceMode}, {@link
 * dev.fovea.passes.FoldNorms}, which changes parameters too, and {@link
 * dev.fovea.passes.ResidualAsInception}, which shows a claim. Next: package {@code
 * dev.fovea.program}.
 */
@NullMarked
package dev.fovea.passes;

import org.jspecify.annotations.NullMarked;
