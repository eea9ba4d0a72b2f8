package dev.fovea.checkpoint;

import dev.fovea.api.Api;
import java.nio.file.Path;

/**
 * Thrown when a file cannot be read, written or trusted; the message names the file, the fault and
 * the remedy.
 *
 * <pre>{@code
 * try {
 *   Classifier.open(Path.of("model.safetensors")).close();
 * } catch (CheckpointException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a message that says what happened, what was expected, and what to do. */
  public CheckpointException(String message) {
    super(message);
  }

  /** Takes such a message and the cause. */
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
