package dev.fovea.app.console;

import org.jspecify.annotations.Nullable;

/** A command that could not do its work for a reason that its user can remove: exit code 1. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
