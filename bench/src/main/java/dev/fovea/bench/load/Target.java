package dev.fovea.bench.load;

/**
 * The server that is asked.
 *
 * <p>Safe for any number of threads.
 */
public final class Target {
  private final int port;
  private volatile boolean stopping;
  private volatile long stopped;

  /** A server on a port of the loopback address. */
  public Target(int port) {
    this.port = port;
  }

  int port() {
    return port;
  }

  /** Says that the server is told to stop now: connections opened from now on may be refused. */
  public void stops() {
    stopped = System.nanoTime();
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** Whether this moment lies after the server was told to stop. */
  boolean stoppedBefore(long nanos) {
    return stopping && nanos - stopped >= 0;
  }
}
