package dev.fovea.data.decode;

import java.util.concurrent.Semaphore;

/**
 * The memory that all threads together may take for decoding large images; who finds none left
 * waits until another image is done.
 *
 * <p>Safe for any number of threads. A claim that is larger than everything is granted when it is
 * the only one.
 */
final class DecodeMemory {
  /** Half of the heap. */
  static final DecodeMemory SHARED = new DecodeMemory(Runtime.getRuntime().maxMemory() / 2);

  /** What costs less than this is not counted. */
  private static final long SMALL = 32L << 20;

  private final int total;
  private final Semaphore free;

  DecodeMemory(long bytes) {
    total = Math.max(1, mebibytes(bytes));
    free = new Semaphore(total, true);
  }

  private static int mebibytes(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, (bytes >> 20) + 1);
  }

  /** Waits until the memory is there; to be closed when it is no longer needed. */
  Claim claim(long bytes) {
    int permits = bytes < SMALL ? 0 : Math.min(total, mebibytes(bytes));
    if (permits > 0) {
      free.acquireUninterruptibly(permits);
    }
    return () -> free.release(permits);
  }

  /** Some of the memory. */
  interface Claim extends AutoCloseable {
    @Override
    void close();
  }
}
