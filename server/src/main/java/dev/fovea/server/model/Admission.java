package dev.fovea.server.model;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides how many images a model takes on at once. Safe for any thread.
 *
 * <p>As long as all can be taken, many may be under way, so that a burst is answered late rather
 * than refused. Under lasting overload the same number would only make everybody wait: no more are
 * answered, each of them later. So for a second after every refusal only a few are taken, as many
 * as keep the network busy; the others learn at once that they are refused.
 *
 * <p>Decision 0346.
 */
final class Admission {
  /** One is computed while one waits. */
  private static final int FEW = 2;

  /** What small networks compute in this time are few as well. */
  private static final double SOON = TimeUnit.MILLISECONDS.toNanos(5);

  private static final double BURST = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int SMALLEST_BURST = 16;
  private static final int LARGEST_BURST = 1024;

  private static final long OVERLOAD = TimeUnit.SECONDS.toNanos(1);
  private static final double NEWEST = 0.1;

  private final int given;
  private final LongSupplier clock;
  private volatile double nanosPerImage;
  private volatile boolean refused;
  private volatile long lastRefusal;

  /**
   * Knows nothing yet.
   *
   * @param given the images that may be under way while none has been refused; 0 for as many as are
   *     computed in a quarter of a second, at least 16
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  Admission(int given, LongSupplier clock) {
    this.given = given;
    this.clock = clock;
  }

  /** Notes how long a batch took, decoding included; called by one thread. */
  void computed(int images, long nanos) {
    double each = (double) nanos / images;
    double before = nanosPerImage;
    nanosPerImage = before == 0 ? each : before + NEWEST * (each - before);
  }

  /**
   * Whether the images of one request are taken on. Those that find nothing under way always are,
   * or a request with many could never be answered.
   *
   * @param underWay images that have no answer yet
   */
  boolean admits(int images, int underWay) {
    if (underWay == 0 || images <= limit() - underWay) {
      return true;
    }
    lastRefusal = clock.getAsLong();
    refused = true;
    return false;
  }

  /** The images that may be under way now. */
  int limit() {
    double each = nanosPerImage;
    int most = given > 0 ? given : within(BURST, each, SMALLEST_BURST, LARGEST_BURST);
    boolean overloaded = refused && clock.getAsLong() - lastRefusal < OVERLOAD;
    return overloaded ? Math.min(most, within(SOON, each, FEW, most)) : most;
  }

  private static int within(double nanos, double each, int least, int most) {
    return each == 0 ? least : (int) Math.max(least, Math.min(most, nanos / each));
  }
}
