/**
 * Benchmarks Fovea against its peers: the sides take turns within one run, on the same machine,
 * each in its own process.
 *
 * <p>A <em>side</em> is a process that sets up one network and then computes only on request.
 * {@link dev.fovea.bench.Turns} is the protocol inside such a process, {@link
 * dev.fovea.bench.SideProcess} its counterpart in the driver. {@link dev.fovea.bench.Contest} lets
 * the sides take turns, and {@link dev.fovea.bench.Comparison} is the resulting line of figures for
 * one peer. {@link dev.fovea.bench.Peer} lists the peers, and {@link dev.fovea.bench.Compare} is
 * the command.
 *
 * <p>Some programs measure Fovea alone: {@link dev.fovea.bench.PassGain} (the speedup of each
 * optimization), {@link dev.fovea.bench.FeedProfile} (the cost of data loading per step), {@link
 * dev.fovea.bench.AugmentProfile} (the cost of each augmentation per thread), {@link
 * dev.fovea.bench.Soak} (memory growth over time), {@link dev.fovea.bench.IndexProfile} (opening a
 * set as large as ImageNet), {@link dev.fovea.bench.AccuracyOfConvolutions} (what an algorithm for
 * convolutions costs in accuracy) and {@link dev.fovea.bench.AccuracyOfDecoding} (which answers
 * change when pictures are shrunk while they are decoded).
 *
 * <p>{@link dev.fovea.bench.Serve} puts load on a server: throughput in turns with the bare
 * program, overload, mixed models, and SIGTERM under load.
 *
 * <p>Next: {@code dev.fovea.bench.net}, the network definitions of the peers, and {@code
 * dev.fovea.bench.growth}, what more machines gain.
 */
@NullMarked
package dev.fovea.bench;

import org.jspecify.annotations.NullMarked;
