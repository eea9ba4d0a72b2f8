package dev.fovea.train;

/**
 * A run that cannot start as it was asked for: names the setting, what was expected, and what to
 * do.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public ConfigException(String message) {
    super(message);
  }

  /** The same, with its cause. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
