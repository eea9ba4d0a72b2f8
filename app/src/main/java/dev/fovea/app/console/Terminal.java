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
 * Where a command writes to: results to {@link #out}, progress and errors to {@link #err}; and what
 * is known of the screen behind them.
 *
 * <p>Safe for use by several threads, line by line.
 */
public final class Terminal {
  /** Columns where nobody tells how many there are. */
  private static final int USUAL_COLUMNS = 80;

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
        screen ? new WindowWidth() : () -> USUAL_COLUMNS);
  }

  /** Adds a line to the results and sends it off. */
  public void result(Object line) {
    out.println(line);
    out.flush();
  }

  /** Adds text to the results as it is; sent off at the end or with the next line. */
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

  /** Writes characters to standard error as they are. */
  public void draw(String characters) {
    synchronized (err) {
      err.print(characters);
      err.flush();
    }
  }

  /** The result stream, for what wants to print on its own. */
  public PrintStream out() {
    return out;
  }

  /** The error stream, for what wants to print on its own. */
  public PrintStream err() {
    return err;
  }

  /** What became of the results. */
  public Results results() {
    return results;
  }

  /** Whether standard error is a screen on which a line can be written again. */
  public boolean isScreen() {
    return screen;
  }

  /** Whether colours are wanted: on a screen, unless NO_COLOR is set (no-color.org). */
  boolean colour() {
    return screen && environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Whether the locale's characters go beyond ASCII. */
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

  /** Columns of the screen, asked again after it was resized. */
  public int columns() {
    return columns.getAsInt();
  }

  /** A variable of the environment, or null. */
  public @Nullable String variable(String name) {
    return environment.get(name);
  }

  /** Bold letters where they show. */
  public String bold(String text) {
    return colour() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /** Dim letters where they show. */
  public String dim(String text) {
    return colour() ? "\u001b[2m" + text + "\u001b[0m" : text;
  }

  /** Red letters where they show. */
  public String red(String text) {
    return colour() ? "\u001b[31m" + text + "\u001b[0m" : text;
  }

  private static boolean isScreen(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // No /proc, nobody to ask: plain lines are right everywhere.
      return false;
    }
  }
}
