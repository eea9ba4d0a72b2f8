package dev.fovea.app.console;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Handles Ctrl-C and SIGTERM during a long command: the first signal asks it to stop at a safe
 * point, the second ends the process at once. With a grace period, the process also ends if the
 * command has not stopped by then, for example because a file system hangs.
 */
public final class Interrupts implements AutoCloseable {
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, @Nullable Object> before = new LinkedHashMap<>();
  private final @Nullable Duration grace;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int exitCode = ExitCode.INTERRUPTED;

  /** Handles signals from now on: the first runs {@code stop} on a separate thread. */
  public Interrupts(Runnable stop) {
    this(stop, null);
  }

  /** The same, but ends the process {@code grace} after the signal unless this is closed before. */
  public Interrupts(Runnable stop, @Nullable Duration grace) {
    this.grace = grace;
    for (String name : List.of("INT", "TERM")) {
      before.put(name, Signals.handle(name, () -> onSignal(name, stop)));
    }
  }

  private void onSignal(String name, Runnable stop) {
    int code = name.equals("TERM") ? ExitCode.TERMINATED : ExitCode.INTERRUPTED;
    if (count.incrementAndGet() > 1) {
      Runtime.getRuntime().halt(code);
    }
    exitCode = code;
    stop.run();
    if (grace != null && !closedWithin(grace)) {
      Runtime.getRuntime().halt(code);
    }
  }

  private boolean closedWithin(Duration time) {
    try {
      return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The exit code for the signal received: 128 plus its number. */
  public int exitCode() {
    return exitCode;
  }

  /** Restores the previous handlers. */
  @Override
  public void close() {
    closed.countDown();
    before.forEach(Signals::restore);
  }
}
