package dev.fovea.server.protocol;

/** A request that cannot be served: the status of HTTP and one line that says why. */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** With a status of 400 to 599. */
  public ProtocolException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** A request that is wrong in itself: 400. */
  public static ProtocolException badRequest(String message) {
    return new ProtocolException(400, message);
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }

  /** The line for the client. */
  public String line() {
    return String.valueOf(getMessage());
  }
}
