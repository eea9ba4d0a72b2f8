package dev.fovea.server.attack;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Everything that is logged or printed while it is open: by Fovea down to the finest level, by
 * others as a program shows it that asks for no more.
 */
final class LogCapture extends Handler implements AutoCloseable {
  private final Logger root = Logger.getLogger("");
  private final Logger ours = Logger.getLogger("dev.fovea");
  private final Level before = root.getLevel();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Queue<String> logged = new ConcurrentLinkedQueue<>();

  LogCapture() {
    PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(stream);
    System.setErr(stream);
    setLevel(Level.ALL);
    root.setLevel(Level.INFO);
    ours.setLevel(Level.ALL);
    root.addHandler(this);
  }

  @Override
  public void publish(LogRecord entry) {
    StringBuilder line = new StringBuilder(String.valueOf(entry.getMessage()));
    Object[] parameters = entry.getParameters();
    if (parameters != null) {
      for (Object parameter : parameters) {
        line.append(' ').append(parameter);
      }
    }
    logged.add(line.append(' ').append(entry.getThrown()).toString());
  }

  String text() {
    return String.join("\n", logged) + "\n" + printed.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
    root.setLevel(before);
    ours.setLevel(null);
    System.setOut(out);
    System.setErr(err);
  }
}
