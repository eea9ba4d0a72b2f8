package dev.fovea.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The resident memory of a process, once a second. */
public final class MemoryWatch implements AutoCloseable {
  private final List<Long> bytes = new ArrayList<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "memory-watch");
            thread.setDaemon(true);
            return thread;
          });

  /** Watches from now on. */
  public MemoryWatch(LinuxProcess process) {
    ScheduledFuture<?> unused =
        clock.scheduleAtFixedRate(
            () -> {
              synchronized (bytes) {
                bytes.add(process.resident());
              }
            },
            0,
            1,
            TimeUnit.SECONDS);
  }

  /** What was seen so far, in bytes, second by second. */
  public List<Long> bytes() {
    synchronized (bytes) {
      return List.copyOf(bytes);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
