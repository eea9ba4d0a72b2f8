package dev.fovea.bench.load;

import java.nio.charset.StandardCharsets;

/**
 * What a server answered.
 *
 * @param status the HTTP status
 * @param closes whether the server said that it closes the connection
 * @param retryAfter whether it said when to come again
 * @param head bytes of JSON in front of binary tensors; -1 if all is JSON
 * @param body all of the body
 */
public record Answer(int status, boolean closes, boolean retryAfter, int head, byte[] body) {

  /** The body as text. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
