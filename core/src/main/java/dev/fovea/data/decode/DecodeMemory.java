package dev.fovea.data.decode;

import java.util.concurrent.Semaphore;

/**
 * Bounds the memory that all threads together use to decode large images. A thread waits until
 * enough is free.
 *
 * <p>Safe for any number of threads. A claim that exceeds the total is granted when it is the only
 * one.
 */
final class DecodeMemory {
  /** Half of the heap. */
  static final DecodeMemory SHARED = new DecodeMemory(Runtime.getRuntime().maxMemory() / 2);

  /** Claims below this size are not counted. */
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

  /** Waits until {@code bytes} are free and reserves them; the caller closes the claim. */
  Claim claim(long bytes) {
    int permits = bytes < SMALL ? 0 : Math.min(total, mebibytes(bytes));
    if (permits > 0) {
      free.acquireUninterruptibly(permits);
    }
    return () -> free.release(permits);
  }

  /** A reservation; closing it releases the memory. */
  interface Claim extends AutoCloseable {
    @Override
    void close();
  }
}
