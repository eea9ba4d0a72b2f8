package dev.fovea.collective.ring;

import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.Selector;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ranks in a ring over TCP: each sends to the next and receives from the one before it.
 *
 * <p>Sums are added in an order that only the number of ranks and of values decides, and one rank
 * adds each value, so that all ranks end with the same bits. The bytes are checked but not
 * encrypted: rings belong in a private network.
 *
 * <p>The first error ends the ring on all ranks, and each tells it: which rank, where, what, and
 * what to do. A rank whose process has ended is found at once; one that is stopped or cut off,
 * within {@link RingDeadlines#silence}; one that is alive but does not come, within {@link
 * RingDeadlines#operation}.
 *
 * <p>Used by one thread at a time; {@link #fail} by any. Has one thread of its own.
 */
public final class Ring implements Collective {
  private final Identity self;
  private final List<RingAddress> ranks;
  private final Orders orders;
  private final Thread thread;
  private final RingSum longSum;
  private final ShortSum shortSum;
  private long operation;

  private Ring(Identity self, List<RingAddress> ranks, Orders orders, Thread thread) {
    this.self = self;
    this.ranks = List.copyOf(ranks);
    this.orders = orders;
    this.thread = thread;
    this.longSum = new RingSum(self.rank(), self.size(), self.wire(), new Scratch());
    this.shortSum = new ShortSum(self.rank(), self.size());
  }

  /**
   * Waits until all ranks have joined.
   *
   * @param listener taken over, and closed when both neighbours are proven or on failure
   * @param ranks where every rank is reached, in the order of the ranks, the same list on all
   * @param rank this one's number, from 0
   * @param trust the secret and the hash that all ranks have in common
   * @param wire the same on all ranks
   * @param log receives a line for each connection that was dropped, on the ring's thread
   * @throws CollectiveException if a rank is missing at the deadline, or is of another ring
   */
  public static Ring join(
      RingListener listener,
      List<RingAddress> ranks,
      int rank,
      RingTrust trust,
      WireFormat wire,
      RingDeadlines deadlines,
      Consumer<String> log) {
    Ring ring;
    try {
      check(listener, ranks, rank);
      Identity self = new Identity(rank, ranks.size(), wire, trust.agreement());
      ring = start(listener, ranks, self, trust.secret(), deadlines, log);
    } catch (RuntimeException | Error e) {
      listener.close();
      throw e;
    }
    try {
      ring.gather(new byte[0]);
    } catch (RuntimeException | Error e) {
      ring.close();
      throw e;
    }
    return ring;
  }

  private static void check(RingListener listener, List<RingAddress> ranks, int rank) {
    if (rank < 0 || rank >= ranks.size()) {
      throw new IllegalArgumentException(
          "rank "
              + rank
              + " is not one of "
              + ranks.size()
              + " ranks; expected 0 to "
              + (ranks.size() - 1));
    }
    if (listener.isLoopback()) {
      for (RingAddress other : ranks) {
        if (isElsewhere(other)) {
          throw new IllegalArgumentException(
              "rank "
                  + rank
                  + " listens at "
                  + listener.address()
                  + ", which only its own machine can reach, and there is a rank at "
                  + other
                  + "; expected an address of the network between them: a machine's own name"
                  + " often stands for 127.0.1.1");
        }
      }
    }
  }

  private static boolean isElsewhere(RingAddress address) {
    try {
      return address.resolve().stream().noneMatch(a -> a.getAddress().isLoopbackAddress());
    } catch (IOException e) {
      // A name that nobody knows yet; connecting will tell.
      return false;
    }
  }

  private static Ring start(
      RingListener listener,
      List<RingAddress> ranks,
      Identity self,
      RingSecret secret,
      RingDeadlines deadlines,
      Consumer<String> log) {
    try {
      Selector selector = Selector.open();
      try {
        Orders orders = new Orders(selector);
        LivedTime time = new LivedTime(2 * deadlines.intervalMillis());
        RingAddress next = ranks.get(self.next());
        Connection connection = new Connection(next, self, secret, selector, time);
        Rendezvous rendezvous = new Rendezvous(listener, connection, self, secret, selector, log);
        RingLoop loop = new RingLoop(self, deadlines, orders, selector, rendezvous, time);
        Thread thread = new Thread(loop, "fovea-ring-" + self.rank());
        thread.setDaemon(true);
        Ring ring = new Ring(self, ranks, orders, thread);
        thread.start();
        return ring;
      } catch (IOException | RuntimeException | Error e) {
        selector.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CollectiveException(
          "rank " + self.rank() + " cannot open its sockets: " + e.getMessage(), e);
    }
  }

  @Override
  public int rank() {
    return self.rank();
  }

  @Override
  public int size() {
    return self.size();
  }

  @Override
  public void sum(FloatBuffer values) {
    if (values.isReadOnly()) {
      throw new IllegalArgumentException(
          "the values of a sum cannot be written to; expected a buffer that takes the result");
    }
    if (values.remaining() <= ShortSum.MOST_VALUES) {
      perform(shortSum.of(values));
      shortSum.finish();
    } else {
      perform(longSum.of(values));
    }
  }

  @Override
  public List<byte[]> gather(byte[] own) {
    if (own.length > Gather.MOST_MESSAGE) {
      throw new IllegalArgumentException(
          "a message of "
              + own.length
              + " bytes is to be gathered; expected at most "
              + Gather.MOST_MESSAGE);
    }
    Gather gather = new Gather(self.rank(), self.size(), own);
    perform(gather);
    return gather.messages();
  }

  private void perform(Exchange exchange) {
    if (!orders.perform(exchange)) {
      RingFailure failure = orders.failure();
      if (failure == null) {
        throw new IllegalStateException(
            "the ring of rank "
                + self.rank()
                + " was closed before operation "
                + operation
                + " was complete; close it after the last one");
      }
      throw exception(failure, Exchange.Kind.describe(exchange.shape()));
    }
    operation++;
  }

  private CollectiveException exception(RingFailure failure, String what) {
    String during =
        operation == 0
            ? "the ranks did not come together"
            : "operation " + operation + ", " + what + ", was not completed";
    String message = failure.message(self.rank(), ranks, during);
    Throwable cause = orders.cause();
    return cause == null
        ? new CollectiveException(message)
        : new CollectiveException(message, cause);
  }

  /** What this ring has cost this rank, with what was sent and received to the last operation. */
  public RingTraffic traffic() {
    return orders.traffic();
  }

  @Override
  public void fail(String reason) {
    orders.fail(reason);
  }

  @Override
  public void close() {
    orders.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The thread of this ring, for tests. */
  @Nullable Thread thread() {
    return thread.isAlive() ? thread : null;
  }
}
