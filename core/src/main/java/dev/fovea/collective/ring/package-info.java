/**
 * Sums and messages between ranks over TCP, without other libraries.
 *
 * <p>{@link dev.fovea.collective.ring.RingListener} takes a port, {@link
 * dev.fovea.collective.ring.Ring#join} finds the other ranks: a list of hosts and Spark go the same
 * way, only that Spark exchanges the addresses. {@link dev.fovea.collective.ring.RingTrust} is what
 * ranks must have in common, {@link dev.fovea.collective.ring.Handshake} how they prove it, {@link
 * dev.fovea.collective.ring.Rendezvous} how neighbours find each other among strangers.
 *
 * <p>Then {@link dev.fovea.collective.ring.RingLoop} is the one thread that moves bytes between a
 * rank and its {@link dev.fovea.collective.ring.Neighbours}: a {@link
 * dev.fovea.collective.ring.Frame} after the other over each {@link
 * dev.fovea.collective.ring.Link}, in the order that an {@link dev.fovea.collective.ring.Exchange}
 * says, with {@link dev.fovea.collective.ring.SignsOfLife} between them. {@link
 * dev.fovea.collective.ring.Watch} ends what takes too long; a {@link
 * dev.fovea.collective.ring.RingFailure} goes around both ways; {@link
 * dev.fovea.collective.ring.Departure} is the end. Next: package {@code dev.fovea.optim}.
 */
@NullMarked
package dev.fovea.collective.ring;

import org.jspecify.annotations.NullMarked;
