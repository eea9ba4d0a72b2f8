package dev.fovea.server.http;

import dev.fovea.server.protocol.Documents;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer.
 *
 * @param status of HTTP
 * @param contentType the media type of the body
 * @param body not to be written to any more
 * @param headers further ones
 */
public record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {
  private static final String JSON = "application/json";

  /** Copies the map. */
  public Reply {
    headers = Map.copyOf(headers);
  }

  /** A result as JSON. */
  public static Reply json(byte[] body) {
    return new Reply(200, JSON, body, Map.of());
  }

  /** A result as bytes. */
  public static Reply binary(byte[] body) {
    return new Reply(200, "application/octet-stream", body, Map.of());
  }

  /** A failure, with one line that says why. */
  public static Reply error(int status, String line) {
    return new Reply(status, JSON, Documents.error(line), Map.of());
  }

  /** The same with a further header. */
  public Reply with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new Reply(status, contentType, body, all);
  }
}
