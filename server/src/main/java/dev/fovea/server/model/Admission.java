package dev.fovea.server.model;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides how many images a model takes on at once. Safe for any thread.
 *
 * <p>A burst is answered late rather than refused: as many images may be under way as are computed
 * in a second. Under lasting overload that would only make everybody wait, since no more are
 * answered, each of them later. So as long as images are refused, and for a second after that, only
 * a few are taken on, as many as keep the network busy; the others learn at once that they are
 * refused. That begins when the limit is reached, or before, when the number under way has grown
 * without a pause for more than two twentieths of a second: clients that wait for their answers
 * reach their number at once and stay there.
 *
 * <p>Decision 0346.
 */
final class Admission {
  /** One is computed while one waits. */
  private static final int FEW = 2;

  /** What small networks compute in this time are few as well. */
  private static final double SOON = TimeUnit.MILLISECONDS.toNanos(5);

  private static final double BURST = TimeUnit.SECONDS.toNanos(1);
  private static final int SMALLEST_BURST = 64;
  private static final int LARGEST_BURST = 1024;

  private static final long OVERLOAD = TimeUnit.SECONDS.toNanos(1);
  private static final double NEWEST = 0.1;

  private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int WINDOWS = 20;

  /** What the highest number must gain from window to window, and be, to have grown. */
  private static final int GROWTH = 2;

  private static final int MANY = 8;

  private final int given;
  private final LongSupplier clock;
  private final long start;
  // The most images under way in each of the last windows, the newest at the place of its number.
  private final int[] peaks = new int[WINDOWS];
  private long newest;
  private int underWay;
  private double nanosPerImage;
  private boolean wasOverloaded;
  private long lastOverload;

  /**
   * Knows nothing yet.
   *
   * @param given the images that may be under way, whatever comes; 0 to decide by the model's speed
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  Admission(int given, LongSupplier clock) {
    this.given = given;
    this.clock = clock;
    this.start = clock.getAsLong();
  }

  /** Notes how long a batch took, decoding included. */
  synchronized void computed(int images, long nanos) {
    double each = (double) nanos / images;
    nanosPerImage = nanosPerImage == 0 ? each : nanosPerImage + NEWEST * (each - nanosPerImage);
  }

  /**
   * Takes on the images of one request, or none of them. Those that find nothing under way always
   * are, or a request with many could never be answered. Each is under way until {@link #ended}.
   */
  synchronized boolean admits(int images) {
    long now = clock.getAsLong();
    advance((now - start) / WINDOW);
    if (underWay > 0 && given == 0 && !overloaded(now) && grows(underWay + images)) {
      overload(now);
    }
    if (underWay > 0 && images > limit(now) - underWay) {
      overload(now);
      return false;
    }
    underWay += images;
    int place = place(newest);
    peaks[place] = Math.max(peaks[place], underWay);
    return true;
  }

  /** Notes that an image that was taken on has been answered. */
  synchronized void ended() {
    underWay--;
  }

  private void overload(long now) {
    wasOverloaded = true;
    lastOverload = now;
  }

  private boolean overloaded(long now) {
    return wasOverloaded && now - lastOverload < OVERLOAD;
  }

  private void advance(long window) {
    if (window - newest >= WINDOWS) {
      Arrays.fill(peaks, 0);
    } else {
      for (long w = newest + 1; w <= window; w++) {
        peaks[place(w)] = 0;
      }
    }
    newest = window;
  }

  private static int place(long window) {
    return (int) Math.floorMod(window, (long) WINDOWS);
  }

  // Each of the last three windows has been higher than all before it, within a second.
  private boolean grows(int now) {
    int last = peaks[place(newest - 1)];
    int before = peaks[place(newest - 2)];
    int older = 0;
    for (int k = 3; k < WINDOWS; k++) {
      older = Math.max(older, peaks[place(newest - k)]);
    }
    return now >= MANY
        && now >= last + GROWTH
        && last >= before + GROWTH
        && before >= older + GROWTH;
  }

  /** The images that may be under way now. */
  synchronized int limit() {
    return limit(clock.getAsLong());
  }

  private int limit(long now) {
    if (given > 0) {
      return given;
    }
    int most = within(BURST, SMALLEST_BURST, LARGEST_BURST);
    return overloaded(now) ? within(SOON, FEW, most) : most;
  }

  private int within(double nanos, int least, int most) {
    return nanosPerImage == 0
        ? least
        : (int) Math.max(least, Math.min(most, nanos / nanosPerImage));
  }
}
