package dev.fovea.app.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The width of the terminal's window in columns, from {@code stty}, asked for once and again after
 * every change of size (SIGWINCH).
 */
final class WindowWidth implements IntSupplier {
  private static final int USUAL = 80;

  private volatile boolean stale = true;
  private volatile int columns = USUAL;

  WindowWidth() {
    Signals.handle("WINCH", () -> stale = true);
  }

  @Override
  public int getAsInt() {
    if (stale) {
      stale = false;
      columns = ask();
    }
    return columns;
  }

  private static int ask() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String size =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      if (!stty.waitFor(1, TimeUnit.SECONDS) || stty.exitValue() != 0) {
        return USUAL;
      }
      int columns = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
      return columns > 0 ? columns : USUAL;
    } catch (IOException | NumberFormatException e) {
      return USUAL;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return USUAL;
    }
  }
}
