/**
 * What more machines gain: a model of a step on several ranks, and how far real ones agree with it.
 *
 * <p>{@link dev.fovea.bench.growth.Growth} is the command. {@link
 * dev.fovea.bench.growth.StepProfile} measures when a step has which gradients ready, {@link
 * dev.fovea.bench.growth.GrowthModel} lays their sums over a {@link dev.fovea.bench.growth.Link}
 * beside the rest of the step, and {@link dev.fovea.bench.growth.LinkedMachines} gives two ranks
 * such a link, whose speed the kernel limits.
 */
@NullMarked
package dev.fovea.bench.growth;

import org.jspecify.annotations.NullMarked;
