package dev.fovea.collective.ring;

import java.nio.ByteBuffer;

/**
 * One operation as a rank sees it: an order of payloads to the next rank, and one of payloads from
 * the previous rank, each of a length that is known before it comes.
 *
 * <p>What may be sent depends on what has been received, never on time. Payloads are little-endian
 * and start at position 0; none is longer than {@link #MOST_BYTES}.
 */
sealed interface Exchange permits RingSum, ShortSum, Gather {
  /** 64 Ki values of 32 bits: long enough to make headers cheap, short enough for the L2 cache. */
  int MOST_BYTES = 1 << 18;

  /** What must be equal on all ranks: the kind in the upper bits, then the number of values. */
  long shape();

  /** Whether the next payload can be made from what has been received until now. */
  boolean readyToSend();

  /** Makes the next payload; returns its length in bytes. */
  int fill(ByteBuffer payload);

  /** Whether the last payload has been made. */
  boolean allSent();

  /** The length of the next payload from the previous rank; not called after the last one. */
  int expected();

  /**
   * Takes a payload of the expected length in.
   *
   * @throws RingFault if the payload cannot be right
   */
  void take(ByteBuffer payload) throws RingFault;

  /** Whether the last payload has been taken in. */
  boolean allReceived();

  /** The kinds of operation, as messages name them. */
  enum Kind {
    SUM(0),
    GATHER(1);

    private final long code;

    Kind(long code) {
      this.code = code;
    }

    long shape(long count) {
      return (code << 56) | count;
    }

    /** Says in words what a shape stands for, even one that no rank should have sent. */
    static String describe(long shape) {
      long count = shape & ((1L << 56) - 1);
      return switch ((int) (shape >>> 56)) {
        case 0 -> "a sum of " + count + " values";
        case 1 -> "a gathering of messages";
        default -> "an operation of no known kind";
      };
    }
  }
}
