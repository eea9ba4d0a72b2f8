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
 * Ctrl-C and SIGTERM of a long command: the first asks it to stop at a safe point, the second ends
 * the process at once. A command that has nothing to save is also ended if it has not stopped by
 * itself after a grace period, as when it waits for a file system that no longer answers.
 */
public final class Interrupts implements AutoCloseable {
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, @Nullable Object> before = new LinkedHashMap<>();
  private final @Nullable Duration grace;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int exitCode = ExitCode.INTERRUPTED;

  /** From now on the first signal runs {@code stop}, on a thread of its own. */
  public Interrupts(Runnable stop) {
    this(stop, null);
  }

  /** The same, and the process ends {@code grace} after it unless this is closed before. */
  public Interrupts(Runnable stop, @Nullable Duration grace) {
    this.grace = grace;
    for (String name : List.of("INT", "TERM")) {
      before.put(name, Signals.handle(name, () -> came(name, stop)));
    }
  }

  private void came(String name, Runnable stop) {
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

  /** The exit code that belongs to the signal that came: 128 and its number. */
  public int exitCode() {
    return exitCode;
  }

  /** Gives the signals back. */
  @Override
  public void close() {
    closed.countDown();
    before.forEach(Signals::restore);
  }
}
