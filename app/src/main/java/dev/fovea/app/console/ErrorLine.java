package dev.fovea.app.console;

import dev.fovea.models.ModelException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Turns an exception into one line: what happened, what was expected, what to do.
 *
 * <p>Fovea's own exceptions carry such a line; those of the JDK are translated; any other is
 * reported as a defect in Fovea.
 */
public final class ErrorLine {
  // A network of the user's own, whose name carries its definition.
  private static final Pattern DEFINITION = Pattern.compile("\\{[^{}]*=Input\\([^{}]*\\}");

  private static final Pattern BREAKS = Pattern.compile("\\s*\\R\\s*");

  private ErrorLine() {}

  /**
   * The line, without the program's name.
   *
   * @param flags the names of the running command's options
   */
  public static String of(Throwable problem, Set<String> flags) {
    Throwable e = essence(problem);
    String whole = BREAKS.matcher(text(e, flags)).replaceAll(" ").strip();
    String line = DEFINITION.matcher(whole).replaceAll("{...}");
    return Human.visible(line);
  }

  /** The exit code that belongs to a problem. */
  public static int exitCode(Throwable problem) {
    Throwable e = essence(problem);
    boolean usage = e instanceof UsageException || e instanceof ModelException;
    return usage ? ExitCode.USAGE : ExitCode.FAILED;
  }

  private static Throwable essence(Throwable problem) {
    Throwable e = problem;
    while (true) {
      Throwable cause = e.getCause();
      boolean wrapper =
          e instanceof UncheckedIOException
              || e instanceof java.util.concurrent.ExecutionException
              || e instanceof java.util.concurrent.CompletionException
              || e instanceof ExceptionInInitializerError
              || e instanceof java.lang.reflect.InvocationTargetException;
      if (!wrapper || cause == null) {
        return e;
      }
      e = cause;
    }
  }

  private static String text(Throwable e, Set<String> flags) {
    if (isOurs(e)) {
      boolean loading = e.getCause() instanceof LinkageError;
      return words(e, flags) + (loading ? "; 'fovea doctor' finds the cause" : "");
    }
    if (e instanceof IOException io) {
      return file(io);
    }
    if (e instanceof OutOfMemoryError oom) {
      return memory(oom, flags);
    }
    if (e instanceof UnsatisfiedLinkError || e instanceof NoClassDefFoundError) {
      return "the engine's native library cannot be loaded ("
          + e.getMessage()
          + "); 'fovea doctor' finds the cause and the remedy";
    }
    if (e instanceof StackOverflowError) {
      return "the program ran out of stack, most likely on very deeply nested input; if the input"
          + " is valid, report it with the output of --verbose, or try"
          + " FOVEA_JAVA_OPTS=-Xss8m";
    }
    return "unexpected "
        + e.getClass().getSimpleName()
        + (e.getMessage() == null ? "" : ": " + e.getMessage())
        + "; this is a bug in fovea: please report it with the output of --verbose";
  }

  private static String words(Throwable e, Set<String> flags) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof UsageException) {
      return message;
    }
    boolean unknown = e instanceof ModelException && message.endsWith("?");
    return SettingsAsFlags.translate(message, flags) + (unknown ? " 'fovea models' lists all" : "");
  }

  private static boolean isOurs(Throwable e) {
    return e.getClass().getName().startsWith("dev.fovea.") && e.getMessage() != null;
  }

  private static String memory(OutOfMemoryError e, Set<String> flags) {
    String what = String.valueOf(e.getMessage());
    if (what.contains("native thread")) {
      return "cannot start another thread: the process limit is reached; "
          + (flags.contains("--threads") ? "lower --threads or " : "")
          + "raise 'ulimit -u'";
    }
    return "out of memory ("
        + what
        + "; the Java heap is limited to "
        + Human.bytes(Runtime.getRuntime().maxMemory())
        + "); "
        + (flags.contains("--batch") ? "lower --batch, or " : "")
        + "raise the limit with FOVEA_JAVA_OPTS=-Xmx8g";
  }

  private static String file(IOException e) {
    if (!(e instanceof FileSystemException fs) || fs.getFile() == null) {
      String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      if (e instanceof FileNotFoundException) {
        return message + "; check the path and its permissions";
      }
      return "input or output failed: " + message + advice(message);
    }
    String file = fs.getFile();
    if (e instanceof NoSuchFileException) {
      return file + ": no such file or folder; check the path";
    }
    if (e instanceof AccessDeniedException) {
      return file + ": permission denied; give this user access to it";
    }
    if (e instanceof NotDirectoryException) {
      return file + ": not a folder; name a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return file + ": already exists; choose another name";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return file + ": the folder is not empty; choose another";
    }
    String reason = fs.getReason() == null ? e.getClass().getSimpleName() : fs.getReason();
    return file + ": " + reason + advice(reason);
  }

  private static String advice(String reason) {
    if (reason.contains("No space left")) {
      return "; free some space or choose a path on another disk";
    }
    if (reason.contains("Read-only")) {
      return "; choose a writable path";
    }
    if (reason.contains("Too many open files")) {
      return "; raise 'ulimit -n'";
    }
    return "";
  }
}
