package dev.fovea.interop;

import java.nio.file.Path;

/** A foreign file that cannot be read or trusted: names the file, what is wrong, what to do. */
public sealed class InteropException extends RuntimeException
    permits EntryException, MismatchException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN = 120;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public InteropException(String message) {
    super(message);
  }

  /** The same, with its cause. */
  public InteropException(String message, Throwable cause) {
    super(message, cause);
  }

  static InteropException of(Path file, String reason) {
    return new InteropException(file + ": " + reason);
  }

  static InteropException of(Path file, String reason, Throwable cause) {
    return new InteropException(file + ": " + reason, cause);
  }

  /** Text from a file as it may stand in a message: no control characters, not endless. */
  static String shown(String text) {
    String part = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    return part.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cs}\\u2028\\u2029]", "?");
  }
}
