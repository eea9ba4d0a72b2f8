package dev.fovea.onednn;

import dev.fovea.program.CompileOptions;
import dev.fovea.program.ProgramException;
import dev.fovea.program.SystemMemory;
import java.util.Locale;
import java.util.OptionalLong;

/** Refuses a program for which the system has no memory. */
final class AvailableMemory {
  private AvailableMemory() {}

  /**
   * Checks that {@code bytes} can be had before any of it is taken.
   *
   * @throws ProgramException with both figures if not
   */
  static void require(long bytes, String network, CompileOptions options) {
    OptionalLong available = SystemMemory.here().available();
    if (available.isPresent() && bytes > available.getAsLong()) {
      throw new ProgramException(
          String.format(
              Locale.ROOT,
              "%s at batch %d in %s needs %.2f GiB of native memory, %.2f GiB are available; use a"
                  + " smaller learning.batch, or set engine.memory to low",
              network,
              options.batch(),
              options.precision(),
              bytes / (double) (1 << 30),
              available.getAsLong() / (double) (1 << 30)));
    }
  }
}
