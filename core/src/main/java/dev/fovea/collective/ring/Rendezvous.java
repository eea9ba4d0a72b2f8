package dev.fovea.collective.ring;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a rank finds its neighbours: it connects to the next, and lets the previous one in.
 *
 * <p>Whoever else connects costs a few hundred bytes for {@value #GREETING_MILLIS} ms at most. No
 * more than {@value #MOST_PENDING} unproven connections are kept; the oldest goes for a new one, so
 * that a true rank, which needs two answers, gets in between any number of silent ones.
 */
final class Rendezvous implements AutoCloseable {
  static final int MOST_PENDING = 64;
  static final long GREETING_MILLIS = 5000;

  private static final int MOST_LINES = 20;
  private static final int MOST_ACCEPTED_AT_ONCE = 32;

  private final RingListener listener;
  private final Selector selector;
  private final Identity self;
  private final RingSecret secret;
  private final Consumer<String> log;
  private final Connection connection;
  private final Deque<Acceptance> pending = new ArrayDeque<>();
  private @Nullable SocketChannel next;
  private @Nullable SocketChannel previous;
  private String quarrel = "";
  private long dropped;
  private boolean closed;

  Rendezvous(
      RingListener listener,
      Connection connection,
      Identity self,
      RingSecret secret,
      Selector selector,
      Consumer<String> log)
      throws IOException {
    this.listener = listener;
    this.selector = selector;
    this.self = self;
    this.secret = secret;
    this.log = log;
    this.connection = connection;
    listener.channel().register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Goes as far as possible now. */
  void step(long now) throws IOException, RingFault {
    if (next == null) {
      next = connection.step(now);
    }
    accept(now);
  }

  /** Lets in who connects, as far as that goes now. */
  void accept(long now) throws IOException {
    admit(now);
    for (Iterator<Acceptance> all = pending.iterator(); all.hasNext(); ) {
      Acceptance one = all.next();
      one.step(previous != null, now);
      if (!one.undecided()) {
        all.remove();
        settle(one);
      }
    }
  }

  private void admit(long now) throws IOException {
    for (int i = 0; i < MOST_ACCEPTED_AT_ONCE; i++) {
      SocketChannel channel = listener.channel().accept();
      if (channel == null) {
        return;
      }
      try {
        pending.add(new Acceptance(channel, selector, self, secret, now + GREETING_MILLIS));
      } catch (IOException e) {
        // Gone before it was looked at.
        channel.close();
        continue;
      }
      if (pending.size() > MOST_PENDING) {
        Acceptance oldest = pending.remove();
        oldest.drop("more than " + MOST_PENDING + " connections said nothing");
        settle(oldest);
      }
    }
  }

  private void settle(Acceptance one) throws IOException {
    if (one.joined()) {
      one.channel().setOption(StandardSocketOptions.TCP_NODELAY, true);
      previous = one.channel();
      return;
    }
    if (!one.quarrel().isEmpty()) {
      quarrel = one.quarrel();
    }
    dropped++;
    if (dropped <= MOST_LINES) {
      log.accept("rank " + self.rank() + ": " + one.line());
    }
  }

  /** The proven connection to the next rank; null until there is one. */
  @Nullable SocketChannel next() {
    return next;
  }

  /** The proven connection from the previous rank; null until there is one. */
  @Nullable SocketChannel previous() {
    return previous;
  }

  /** Why this rank has not found its neighbours, and which one is missing. */
  RingFault missing(long waitedMillis) {
    String time = String.format(java.util.Locale.ROOT, "%.1f s", waitedMillis / 1000.0);
    if (next == null) {
      return new RingFault(
          self.next(), "could not be reached in " + time + ": " + connection.trouble());
    }
    return new RingFault(
        self.previous(),
        "did not connect to rank "
            + self.rank()
            + " in "
            + time
            + (quarrel.isEmpty() ? "" : "; meanwhile " + quarrel));
  }

  /** Ends listening and drops whoever is not proven; idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    connection.close();
    pending.forEach(one -> one.drop("the ring is complete"));
    pending.clear();
    listener.close();
    if (dropped > MOST_LINES) {
      log.accept(
          "rank "
              + self.rank()
              + ": and "
              + (dropped - MOST_LINES)
              + " more connections were dropped");
    }
  }
}
