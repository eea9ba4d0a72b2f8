package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a rank knows of all: when each last gave a sign of life, and which operation it had begun.
 *
 * <p>Signs go from each rank to the one before it, on the connection that carries data the other
 * way, so that data never holds them up. A sign tells what its sender knows of the others, too, and
 * is given out of turn when one of them has begun an operation. Times are milliseconds in which the
 * reader itself was running.
 */
final class SignsOfLife {
  private static final int ENTRY = Long.BYTES + Integer.BYTES;
  private static final long NEWS_INTERVAL = 20;

  private final int self;
  private final long interval;
  private final long[] heardAt;
  private final long[] begun;
  private boolean news;
  private long signedAt;

  /** Knows nothing yet; signs are given every {@code interval} ms. */
  SignsOfLife(int self, int size, long interval) {
    this.self = self;
    this.interval = interval;
    this.heardAt = new long[size];
    this.begun = new long[size];
    Arrays.fill(heardAt, RingFailure.UNKNOWN);
    Arrays.fill(begun, -1);
  }

  static int bytes(int ranks) {
    return ENTRY * ranks;
  }

  void begin(long operation) {
    begun[self] = operation;
    news = true;
  }

  /** When this rank is to give its next sign: earlier if it has something to tell. */
  long due() {
    return signedAt + (news ? Math.min(interval, NEWS_INTERVAL) : interval);
  }

  /** A rank has sent something itself. */
  void heard(int rank, long now) {
    heardAt[rank] = now;
  }

  /** How long a rank has been silent, in ms; {@link RingFailure#UNKNOWN} if it never answered. */
  long silence(int rank, long now) {
    return heardAt[rank] < 0 ? RingFailure.UNKNOWN : Math.max(0, now - heardAt[rank]);
  }

  /** The operation that a rank is known to have begun; -1 if none. */
  long begun(int rank) {
    return begun[rank];
  }

  /** Writes a sign; returns its length. */
  int write(ByteBuffer payload, long now) {
    news = false;
    signedAt = now;
    for (int rank = 0; rank < begun.length; rank++) {
      long silent = rank == self ? 0 : silence(rank, now);
      payload.putLong(ENTRY * rank, begun[rank]);
      payload.putInt(ENTRY * rank + Long.BYTES, (int) Math.min(silent, Integer.MAX_VALUE));
    }
    return bytes(begun.length);
  }

  /** Takes in the sign of a rank. */
  void read(ByteBuffer payload, int sender, long now) {
    for (int rank = 0; rank < begun.length; rank++) {
      int silent = payload.getInt(ENTRY * rank + Long.BYTES);
      if (rank != self && (silent >= 0 || rank == sender)) {
        heardAt[rank] = Math.max(heardAt[rank], rank == sender ? now : Math.max(0, now - silent));
        long told = payload.getLong(ENTRY * rank);
        if (told > begun[rank]) {
          begun[rank] = told;
          news = true;
        }
      }
    }
  }
}
