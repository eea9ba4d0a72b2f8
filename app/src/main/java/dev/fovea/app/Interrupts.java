package dev.fovea.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C and SIGTERM of a long command: the first asks it to stop at a safe point, the second ends
 * the process at once.
 */
final class Interrupts implements AutoCloseable {
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, @Nullable Object> before = new LinkedHashMap<>();

  /** From now on the first signal runs {@code stop}, on a thread of its own. */
  Interrupts(Runnable stop) {
    for (String name : List.of("INT", "TERM")) {
      before.put(name, Signals.handle(name, () -> came(stop)));
    }
  }

  private void came(Runnable stop) {
    if (count.incrementAndGet() == 1) {
      stop.run();
    } else {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
    }
  }

  /** Gives the signals back. */
  @Override
  public void close() {
    before.forEach(Signals::restore);
  }
}
