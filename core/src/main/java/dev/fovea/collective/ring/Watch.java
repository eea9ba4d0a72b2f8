package dev.fovea.collective.ring;

import java.util.Locale;

/**
 * What ends a ring because it takes too long: a next rank that gives no sign of life, and an
 * operation that is not complete in time. Used by the ring's thread only.
 */
final class Watch {
  private static final int SILENCE_BEFORE_COMPLETE = 4;

  private final Identity self;
  private final RingDeadlines deadlines;
  private final SignsOfLife signs;
  private long begunAt;

  Watch(Identity self, RingDeadlines deadlines, SignsOfLife signs) {
    this.self = self;
    this.deadlines = deadlines;
    this.signs = signs;
  }

  /** This rank begins an operation. */
  void begin(long operation, long now) {
    begunAt = now;
    signs.begin(operation);
  }

  /** Checks that the next rank, to which there is a connection, is alive. */
  void checkNext(long operation, long now) throws RingFault {
    long silence = signs.silence(self.next(), now);
    // Looking up the name of a rank that is not known yet may hold up signs of life.
    long most = deadlines.silence().toMillis() * (operation < 1 ? SILENCE_BEFORE_COMPLETE : 1);
    if (silence > most) {
      throw new RingFault(
          self.next(),
          String.format(
              Locale.ROOT,
              "has not answered for %.1f s: its process is stopped, its machine hangs or the"
                  + " network is cut",
              silence / 1000.0));
    }
  }

  /** Checks that the operation that this rank has begun may go on. */
  void checkOperation(long operation, Exchange exchange, Neighbours neighbours, long now)
      throws RingFault {
    long waited = now - begunAt;
    long most = (operation == 0 ? deadlines.connect() : deadlines.operation()).toMillis();
    if (waited > most) {
      throw neighbours.areFound() ? late(operation, exchange, waited) : neighbours.missing(waited);
    }
  }

  private RingFault late(long operation, Exchange exchange, long waited) {
    String duration = String.format(Locale.ROOT, "%.1f s", waited / 1000.0);
    for (int rank = 0; rank < self.size(); rank++) {
      if (signs.begun(rank) < operation) {
        return new RingFault(
            rank,
            operation == 0
                ? "has not joined in " + duration
                : "is alive, but has not begun operation "
                    + operation
                    + ", "
                    + Exchange.Kind.describe(exchange.shape())
                    + ", in the "
                    + duration
                    + " that rank "
                    + self.rank()
                    + " waited: it computes for longer, or makes other steps; allow a longer"
                    + " deadline for operations if it is only slow");
      }
    }
    return new RingFault(
        self.previous(),
        "is alive, but has not sent all of operation "
            + operation
            + ", "
            + Exchange.Kind.describe(exchange.shape())
            + ", in "
            + duration
            + ": the network is too slow for so many values, or a rank behind it waits; allow a"
            + " longer deadline for operations, or send bfloat16");
  }
}
