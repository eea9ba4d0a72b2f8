package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The rank after this one and the rank before it, from the time when they are looked for until
 * their connections are closed. Used by the ring's thread only.
 */
final class Neighbours implements AutoCloseable {
  private final Identity self;
  private final Selector selector;
  private final Rendezvous rendezvous;
  private @Nullable Link next;
  private @Nullable Link previous;

  Neighbours(Identity self, Selector selector, Rendezvous rendezvous) {
    this.self = self;
    this.selector = selector;
    this.rendezvous = rendezvous;
  }

  /** The rank that this one sends data to; null until it is found. */
  @Nullable Link next() {
    return next;
  }

  /** The rank that this one receives data from; null until it has come. */
  @Nullable Link previous() {
    return previous;
  }

  boolean areFound() {
    return next != null && previous != null;
  }

  /** Looks for both, as far as possible now; when they are found, nobody else is let in. */
  void find(long now) throws IOException, RingFault {
    if (areFound()) {
      return;
    }
    rendezvous.step(now);
    SocketChannel toNext = rendezvous.next();
    if (next == null && toNext != null) {
      next = Link.toNext(toNext, selector, self.next(), self.size());
    }
    takePrevious();
    if (areFound()) {
      rendezvous.close();
    }
  }

  /** Lets the previous rank in, and looks no longer for the next. */
  void letPreviousIn(long now) throws IOException {
    rendezvous.accept(now);
    takePrevious();
  }

  private void takePrevious() throws IOException {
    SocketChannel fromPrevious = rendezvous.previous();
    if (previous == null && fromPrevious != null) {
      previous = Link.fromPrevious(fromPrevious, selector, self.previous(), self.size());
    }
  }

  /** Says which one is missing, and why. */
  RingFault missing(long waitedMillis) {
    return rendezvous.missing(waitedMillis);
  }

  long bytesSent() {
    return (next == null ? 0 : next.out().bytes())
        + (previous == null ? 0 : previous.out().bytes());
  }

  long bytesReceived() {
    return (next == null ? 0 : next.in().bytes()) + (previous == null ? 0 : previous.in().bytes());
  }

  /** Closes all sockets, those of strangers and half-made connections included; idempotent. */
  @Override
  public void close() throws IOException {
    SocketChannel toNext = rendezvous.next();
    SocketChannel fromPrevious = rendezvous.previous();
    try (rendezvous;
        toNext;
        fromPrevious) {
      // Each is closed, whatever becomes of the others.
    }
  }
}
