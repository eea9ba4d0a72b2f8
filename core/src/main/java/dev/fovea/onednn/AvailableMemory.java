package dev.fovea.onednn;

import dev.fovea.program.CompileOptions;
import dev.fovea.program.ProgramException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What memory the system can still give, container limits included; Linux only. */
final class AvailableMemory {
  private AvailableMemory() {}

  /**
   * Checks that {@code bytes} can be had before any of it is taken.
   *
   * @throws ProgramException with both figures if not
   */
  static void require(long bytes, String network, CompileOptions options) {
    OptionalLong available = bytes();
    if (available.isPresent() && bytes > available.getAsLong()) {
      throw new ProgramException(
          String.format(
              java.util.Locale.ROOT,
              "%s at batch %d in %s needs %.2f GiB of native memory, %.2f GiB are available; use a"
                  + " smaller learning.batch, or set engine.memory to low",
              network,
              options.batch(),
              options.precision(),
              bytes / (double) (1 << 30),
              available.getAsLong() / (double) (1 << 30)));
    }
  }

  static OptionalLong bytes() {
    OptionalLong system = memAvailable();
    OptionalLong limit = number("/sys/fs/cgroup/memory.max");
    OptionalLong used = number("/sys/fs/cgroup/memory.current");
    if (limit.isPresent() && used.isPresent()) {
      long left = Math.max(0, limit.getAsLong() - used.getAsLong());
      return OptionalLong.of(system.isPresent() ? Math.min(left, system.getAsLong()) : left);
    }
    return system;
  }

  private static OptionalLong memAvailable() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) << 10);
        }
      }
      return OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  // A cgroup without a limit says "max"; a system without cgroups has no such file.
  private static OptionalLong number(String file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(Path.of(file)).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
