/**
 * Sums over ranks: what programs on several machines must exchange to make the same step of the
 * same run.
 *
 * <p>{@link dev.fovea.collective.Collective} is the whole interface: sums in a fixed order, and
 * small messages from all to all. Who places the ranks (a list of hosts, Spark's barrier stage) and
 * what carries the bytes is behind it. {@link dev.fovea.collective.ExchangeThread} runs its
 * operations while the caller computes. Next: package {@code dev.fovea.collective.ring}.
 */
@NullMarked
package dev.fovea.collective;

import org.jspecify.annotations.NullMarked;
