package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Why a ring has ended: the first error, as every rank tells it.
 *
 * @param rank the rank at fault
 * @param what what it did, in words that follow "rank 3 (host:port)"
 * @param silentMillis how long before the error it last answered; {@link #UNKNOWN} if it never did
 * @param foundBy the rank that found the error
 */
record RingFailure(int rank, String what, long silentMillis, int foundBy) {
  static final int UNKNOWN = -1;

  private static final int MOST_TEXT = 2000;
  static final int MOST_BYTES = 2 * Integer.BYTES + Long.BYTES + MOST_TEXT;

  /** The same, found by a rank that last heard of the one at fault so long ago. */
  RingFailure foundBy(int finder, long millis) {
    return new RingFailure(rank, what, millis, finder);
  }

  /** Writes this for other ranks, from position 0; returns the number of bytes. */
  int write(ByteBuffer payload) {
    byte[] text = what.getBytes(StandardCharsets.UTF_8);
    int count = Math.min(text.length, MOST_TEXT);
    payload.putInt(0, rank).putInt(4, foundBy).putLong(8, silentMillis);
    payload.put(16, text, 0, count);
    return 16 + count;
  }

  /** Reads what another rank wrote; its text becomes one line without control characters. */
  static RingFailure read(ByteBuffer payload, int length, int size, int sender) {
    if (length < 16) {
      return new RingFailure(sender, "ended the ring without a reason", UNKNOWN, sender);
    }
    byte[] text = new byte[Math.min(length - 16, MOST_TEXT)];
    payload.get(16, text);
    int rank = payload.getInt(0);
    int finder = payload.getInt(4);
    return new RingFailure(
        rank < 0 || rank >= size ? sender : rank,
        oneLine(new String(text, StandardCharsets.UTF_8)),
        payload.getLong(8),
        finder < 0 || finder >= size ? sender : finder);
  }

  static String oneLine(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " ").strip();
  }

  /** The message of the exception on one rank. */
  String message(int reader, List<RingAddress> ranks, String during) {
    StringBuilder text = new StringBuilder();
    text.append(during).append(": ");
    text.append(rank == reader ? "this rank, " : "").append("rank ").append(rank);
    text.append(" (").append(ranks.get(rank)).append(") ").append(what);
    if (rank != reader && rank != foundBy) {
      text.append(
          silentMillis < 0
              ? "; it had not answered before"
              : String.format(
                  Locale.ROOT, "; it had last answered %.1f s before", silentMillis / 1000.0));
      text.append(foundBy == reader ? "" : ", says rank " + foundBy);
    }
    text.append(". See the output of rank ").append(rank);
    return text.append(", then start all ranks again from the last state").toString();
  }
}
