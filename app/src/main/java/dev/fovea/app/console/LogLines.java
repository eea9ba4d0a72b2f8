package dev.fovea.app.console;

import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What the library and Jetty log while a command runs, as lines of the command, from INFO on where
 * they log so much.
 */
public final class LogLines extends Handler implements AutoCloseable {
  private final Logger ours = Logger.getLogger("dev.fovea");
  // Held here: a logger that nobody holds is forgotten with its handlers.
  private final Logger jetty = Logger.getLogger("org.eclipse.jetty");
  private final Consumer<String> lines;

  /** Begins; {@link #close} ends it. */
  public LogLines(Consumer<String> lines) {
    this.lines = lines;
    for (Logger logger : new Logger[] {ours, jetty}) {
      logger.setUseParentHandlers(false);
      logger.addHandler(this);
    }
  }

  @Override
  public void publish(LogRecord record) {
    if (record.getLevel().intValue() >= Level.INFO.intValue()) {
      String text = String.valueOf(record.getMessage()).lines().findFirst().orElse("");
      lines.accept(Human.visible(text));
    }
  }

  @Override
  public void flush() {
    // Every line has been written already.
  }

  @Override
  public void close() {
    for (Logger logger : new Logger[] {ours, jetty}) {
      logger.removeHandler(this);
      logger.setUseParentHandlers(true);
    }
  }
}
