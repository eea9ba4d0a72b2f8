package dev.fovea.bench.load;

import dev.fovea.bench.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux says about a process in {@code /proc}.
 *
 * @param name for messages
 */
public record LinuxProcess(String name, long pid) {
  /**
   * OpenMP threads may spin for a while after a parallel region; libgomp's default is a few
   * milliseconds.
   */
  private static final long QUIET_MILLIS = 200;

  private static final int QUIET_ATTEMPTS = 100;

  /** Clock ticks (10 ms) that JVM housekeeping may use in a quiet interval. */
  private static final long HOUSEKEEPING_TICKS = 1;

  /** CPU time of all threads in clock ticks: fields 14 and 15 of /proc/PID/stat, see proc(5). */
  public long ticks() {
    String stat = read("stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  /** Peak resident memory so far, in bytes. */
  public long peakResident() {
    return status("VmHWM:");
  }

  /** Resident memory now, in bytes. */
  public long resident() {
    return status("VmRSS:");
  }

  private long status(String key) {
    for (String line : read("status").split("\n")) {
      if (line.startsWith(key)) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new BenchException(
        "/proc/" + pid + "/status has no " + key + " expected Linux with a mounted /proc");
  }

  /**
   * Waits until the process no longer uses CPU time.
   *
   * @throws BenchException if it never stops
   */
  public void rest() {
    long before = ticks();
    for (int i = 0; i < QUIET_ATTEMPTS; i++) {
      pause();
      long after = ticks();
      if (after - before <= HOUSEKEEPING_TICKS) {
        return;
      }
      before = after;
    }
    throw new BenchException(
        name
            + " (process "
            + pid
            + ") keeps computing between its turns, which would slow down the other side; expected"
            + " it to sleep. Look for spinning threads (OMP_WAIT_POLICY, KMP_BLOCKTIME) or"
            + " background work.");
  }

  private String read(String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      throw new BenchException(
          "cannot read /proc of " + name + ", expected a running process: " + e.getMessage(), e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(QUIET_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted between two turns", e);
    }
  }
}
