/**
 * Measures Fovea beside its peers, fairly: both sides alternate within one call, on the same
 * machine, in processes of their own.
 *
 * <p>A <em>side</em> is a process that sets one network up once and then computes only when it is
 * told to. {@link dev.fovea.bench.Turns} is what happens inside such a process, {@link
 * dev.fovea.bench.SideProcess} is the same thing seen from the driver. {@link
 * dev.fovea.bench.Contest} lets two of them take turns and {@link dev.fovea.bench.Comparison} is
 * the line of figures that comes out. {@link dev.fovea.bench.Compare} is the command.
 *
 * <p>Three programs look at Fovea alone: {@link dev.fovea.bench.PassGain} (what an optimization
 * gains), {@link dev.fovea.bench.FeedProfile} (what feeding costs a step) and {@link
 * dev.fovea.bench.AugmentProfile} (what an augmentation costs a thread).
 *
 * <p>Next: {@code dev.fovea.bench.net}, the networks as every peer runs them.
 */
@NullMarked
package dev.fovea.bench;

import org.jspecify.annotations.NullMarked;
