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
import java.util.regex.Pattern;

/**
 * What went wrong as one line for people: what happened, what was expected, what to do.
 *
 * <p>Fovea's own exceptions carry such a line; those of the JDK are translated; anything else is a
 * defect of ours and says so.
 */
public final class ErrorLine {
  private static final Pattern BREAKS = Pattern.compile("\\s*\\R\\s*");

  private ErrorLine() {}

  /** The line, without the program's name. */
  public static String of(Throwable problem) {
    Throwable e = essence(problem);
    String line = BREAKS.matcher(text(e)).replaceAll(" ").strip();
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

  private static String text(Throwable e) {
    if (isOurs(e)) {
      boolean loading = e.getCause() instanceof LinkageError;
      return words(e) + (loading ? "; 'fovea doctor' finds out why" : "");
    }
    if (e instanceof IOException io) {
      return file(io);
    }
    if (e instanceof OutOfMemoryError oom) {
      return memory(oom);
    }
    if (e instanceof UnsatisfiedLinkError || e instanceof NoClassDefFoundError) {
      return "the engine's native library cannot be loaded ("
          + e.getMessage()
          + "); 'fovea doctor' finds out why and what helps";
    }
    if (e instanceof StackOverflowError) {
      return "the program ran out of stack, most likely on very deeply nested input; if the input"
          + " is in order, report it with the output of --verbose, or try"
          + " FOVEA_JAVA_OPTS=-Xss8m";
    }
    return "unexpected "
        + e.getClass().getSimpleName()
        + (e.getMessage() == null ? "" : ": " + e.getMessage())
        + "; this is a defect in fovea: please report it with the output of --verbose";
  }

  private static String words(Throwable e) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof UsageException) {
      return message;
    }
    boolean unknown = e instanceof ModelException && message.endsWith("?");
    return SettingsAsFlags.translate(message) + (unknown ? " 'fovea models' lists all" : "");
  }

  private static boolean isOurs(Throwable e) {
    return e.getClass().getName().startsWith("dev.fovea.") && e.getMessage() != null;
  }

  private static String memory(OutOfMemoryError e) {
    String what = String.valueOf(e.getMessage());
    if (what.contains("native thread")) {
      return "no further thread can be started: the limit of processes is reached; lower --threads"
          + " or raise 'ulimit -u'";
    }
    return "out of memory ("
        + what
        + "; the Java heap may take "
        + Human.bytes(Runtime.getRuntime().maxMemory())
        + "); lower --batch, or give more with FOVEA_JAVA_OPTS=-Xmx8g";
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
      return file + ": there is no such file or folder; check the path";
    }
    if (e instanceof AccessDeniedException) {
      return file + ": permission denied; make it accessible to this user";
    }
    if (e instanceof NotDirectoryException) {
      return file + ": this is not a folder; name a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return file + ": this exists already; name another";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return file + ": the folder is not empty; name another";
    }
    String reason = fs.getReason() == null ? e.getClass().getSimpleName() : fs.getReason();
    return file + ": " + reason + advice(reason);
  }

  private static String advice(String reason) {
    if (reason.contains("No space left")) {
      return "; free some space or name a place on another disk";
    }
    if (reason.contains("Read-only")) {
      return "; name a place that can be written to";
    }
    if (reason.contains("Too many open files")) {
      return "; raise 'ulimit -n'";
    }
    return "";
  }
}
