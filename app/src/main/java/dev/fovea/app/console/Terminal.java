package dev.fovea.app.console;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The output of a command, results to {@link #out}, progress and errors to {@link #err}, and the
 * properties of its screen.
 *
 * <p>Thread-safe: lines of several threads do not mix.
 */
public final class Terminal {
  /** Columns if the width is unknown. */
  private static final int DEFAULT_COLUMNS = 80;

  private final Results results;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final boolean screen;
  private final IntSupplier columns;

  public Terminal(
      OutputStream out,
      OutputStream err,
      Map<String, String> environment,
      boolean screen,
      IntSupplier columns) {
    this.results = new Results(out);
    this.out =
        new PrintStream(new BufferedOutputStream(results, 1 << 13), false, StandardCharsets.UTF_8);
    this.err =
        new PrintStream(new BufferedOutputStream(err, 1 << 10), false, StandardCharsets.UTF_8);
    this.environment = Map.copyOf(environment);
    this.screen = screen;
    this.columns = columns;
  }

  /** The streams of this process. */
  public static Terminal ofProcess() {
    boolean screen = isScreen(2) && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        System.getenv(),
        screen,
        screen ? new WindowWidth() : () -> DEFAULT_COLUMNS);
  }

  /** Prints a line of results and flushes it. */
  public void result(Object line) {
    out.println(line);
    out.flush();
  }

  /** Prints text to the results without flushing. */
  public void resultText(Object text) {
    out.print(text);
  }

  /** Writes a line to standard error. */
  public void note(String line) {
    synchronized (err) {
      err.println(line);
      err.flush();
    }
  }

  /** Writes characters to standard error without a newline. */
  public void draw(String characters) {
    synchronized (err) {
      err.print(characters);
      err.flush();
    }
  }

  /** The stream of results. */
  public PrintStream out() {
    return out;
  }

  /** The stream of progress and errors. */
  public PrintStream err() {
    return err;
  }

  /** The results with their write failure, if any. */
  public Results results() {
    return results;
  }

  /** Whether standard error is a terminal on which a line can be redrawn. */
  public boolean isScreen() {
    return screen;
  }

  /** Whether to use colors: on a screen, unless NO_COLOR is set (no-color.org). */
  boolean color() {
    return screen && environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Whether the locale uses UTF-8. */
  public boolean unicode() {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        String v = value.toUpperCase(Locale.ROOT);
        return v.contains("UTF-8") || v.contains("UTF8");
      }
    }
    return false;
  }

  /** Columns of the screen, updated when it is resized. */
  public int columns() {
    return columns.getAsInt();
  }

  /** An environment variable, or null. */
  public @Nullable String variable(String name) {
    return environment.get(name);
  }

  /** The text in bold if colors are used. */
  public String bold(String text) {
    return color() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /** The text dimmed if colors are used. */
  public String dim(String text) {
    return color() ? "\u001b[2m" + text + "\u001b[0m" : text;
  }

  /** The text in red if colors are used. */
  public String red(String text) {
    return color() ? "\u001b[31m" + text + "\u001b[0m" : text;
  }

  private static boolean isScreen(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // Without /proc, plain lines are safe everywhere.
      return false;
    }
  }
}
