package dev.fovea.server;

import dev.fovea.api.Api;
import dev.fovea.server.protocol.Words;
import java.util.Locale;

/**
 * A request and its answer, for a log. Nothing in it comes from a body, a header or a query.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.standard().accessLog(System.out::println);
 * }</pre>
 *
 * @param client the address that it came from
 * @param method of HTTP, as sent
 * @param path as sent, without the query; to be escaped wherever it is shown, which {@link
 *     #toString} does
 * @param status of the answer
 * @param bytes of the answer's body
 * @param milliseconds from the header of the request to the answer
 */
@Api(Api.Status.EXPERIMENTAL)
public record AnsweredRequest(
    String client, String method, String path, int status, long bytes, double milliseconds) {
  private static final int LONGEST_METHOD = 16;
  private static final int LONGEST_PATH = 200;

  /** On one line, shortened, whatever the path is. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s %s %d %d %.1f",
        client,
        Words.visible(method, LONGEST_METHOD),
        Words.visible(path, LONGEST_PATH),
        status,
        bytes,
        milliseconds);
  }
}
