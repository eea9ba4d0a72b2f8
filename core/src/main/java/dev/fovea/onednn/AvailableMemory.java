package dev.fovea.onednn;

import dev.fovea.program.CompileOptions;
import dev.fovea.program.ProgramException;
import dev.fovea.program.SystemMemory;
import java.util.Locale;
import java.util.OptionalLong;

/** Rejects programs that do not fit into the available memory. */
final class AvailableMemory {
  private AvailableMemory() {}

  /**
   * Checks that {@code bytes} are available before anything is allocated.
   *
   * @throws ProgramException if not; the message gives both figures
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
