package dev.fovea.server;

import dev.fovea.api.Api;

/**
 * A server cannot be started; the message says why and what to do.
 *
 * <pre>{@code
 * try (Server server = Server.start(options)) {
 *   server.await();
 * } catch (ServerException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServerException(String message) {
    super(message);
  }

  ServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
