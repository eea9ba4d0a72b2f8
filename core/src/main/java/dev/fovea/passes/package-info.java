/**
 * Graph to equal but cheaper graph: one class per pass, each proven equal by a test.
 *
 * <p>Passes run before differentiation, so that the gradients of the cheaper graph follow from the
 * same rules as any other. Reading order: {@link dev.fovea.passes.Optimization}, {@link
 * dev.fovea.passes.Passes}, {@link dev.fovea.passes.FuseRelu}. Next: package {@code
 * dev.fovea.program}.
 */
@NullMarked
package dev.fovea.passes;

import org.jspecify.annotations.NullMarked;
