package dev.fovea.explanation;

import java.util.concurrent.CancellationException;

/** Counts the images that go through networks, and stops when it is told to. */
public final class Work {
  private final ExplanationListener listener;
  private final long total;
  private long done;

  /** Expects this many images. */
  public Work(ExplanationListener listener, long total) {
    this.listener = listener;
    this.total = total;
  }

  /**
   * Called before each batch.
   *
   * @throws CancellationException if the listener stops
   */
  void checkStopped() {
    if (listener.stops()) {
      throw new CancellationException("stopped after " + done + " of " + total + " evaluations");
    }
  }

  void add(int images) {
    done += images;
    listener.progress(Math.min(done, total), total);
  }
}
