package dev.fovea.app.console;

import org.jspecify.annotations.Nullable;

/** A failure that the user can fix: ends the command with exit code 1. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
