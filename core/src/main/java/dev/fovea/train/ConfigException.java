package dev.fovea.train;

import dev.fovea.api.Api;

/**
 * Reports a configuration that no run can start with: names the setting, what was expected, and
 * what to do.
 *
 * <pre>{@code
 * try {
 *   Training.on(images).setting("learning.batch", "32").run();
 * } catch (ConfigException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an error whose message says what happened, what was expected, and what to do. */
  public ConfigException(String message) {
    super(message);
  }

  /** Creates an error with a cause. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
