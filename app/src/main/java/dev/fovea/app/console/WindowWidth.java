package dev.fovea.app.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The width of the terminal in columns, from {@code stty}, queried again after every resize
 * (SIGWINCH).
 */
final class WindowWidth implements IntSupplier {
  private static final int DEFAULT = 80;

  private volatile boolean stale = true;
  private volatile int columns = DEFAULT;

  WindowWidth() {
    Signals.handle("WINCH", () -> stale = true);
  }

  @Override
  public int getAsInt() {
    if (stale) {
      stale = false;
      columns = query();
    }
    return columns;
  }

  private static int query() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String size =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      if (!stty.waitFor(1, TimeUnit.SECONDS) || stty.exitValue() != 0) {
        return DEFAULT;
      }
      int columns = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
      return columns > 0 ? columns : DEFAULT;
    } catch (IOException | NumberFormatException e) {
      return DEFAULT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DEFAULT;
    }
  }
}
