package dev.fovea.collective;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Ranks that compute together: each of them calls the same operations in the same order.
 *
 * <p>Sums are added in an order that depends only on the number of ranks and of values, so that the
 * same operands give the same bits, on all ranks and in every run. An operation that cannot be
 * completed on all ranks fails on all of them, within the deadline of the collective; after that
 * only {@link #close} may be called. Used by one thread at a time.
 */
public interface Collective extends AutoCloseable {
  /**
   * Sums of at most so many values are never sent in fewer than 32 bits; longer ones may be, if the
   * collective was made so.
   */
  int EXACT_VALUES = 8192;

  /** The number of this rank, from 0. */
  int rank();

  /** The number of ranks. */
  int size();

  /**
   * Replaces the values between position and limit by their sums over all ranks, on all ranks.
   *
   * @param values as many on every rank, in native byte order; position and limit are left alone;
   *     of no use after a failure, some being sums already
   * @throws CollectiveException if a rank failed, stopped, is late or cannot be reached, naming it
   */
  void sum(FloatBuffer values);

  /**
   * Gives every rank what each rank has given, in the order of the ranks.
   *
   * @param own may differ in length from rank to rank
   * @throws CollectiveException as in {@link #sum}
   */
  List<byte[]> gather(byte[] own);

  /**
   * Tells the other ranks why this one ends before its time, so that their next operation fails
   * with this reason instead of at the deadline. Does not throw and does not wait for them.
   *
   * @param reason one line
   */
  void fail(String reason);

  /** Ends the connection to other ranks; idempotent. */
  @Override
  void close();
}
