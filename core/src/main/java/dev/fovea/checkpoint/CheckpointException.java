package dev.fovea.checkpoint;

import java.nio.file.Path;

/**
 * A file that cannot be read, written or trusted: names the file, what is wrong, and what to do.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public CheckpointException(String message) {
    super(message);
  }

  /** The same, with its cause. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  public static CheckpointException of(Path file, String reason) {
    return new CheckpointException(file + ": " + reason);
  }

  public static CheckpointException of(Path file, String reason, Throwable cause) {
    return new CheckpointException(file + ": " + reason, cause);
  }
}
