package dev.fovea.server.page;

import java.util.List;
import java.util.Map;

/**
 * A file that the server sends as it is.
 *
 * @param path the path of a request that asks for it, such as {@code /page/fovea.css}
 * @param contentType its media type
 * @param bytes the content; not to be written to
 * @param etag the entity tag, in quotes: a hash of the content
 */
public record StaticFile(String path, String contentType, byte[] bytes, String etag) {
  /**
   * What the page may do: run its own script, show pictures that it holds, and ask the server it
   * came from. Text that becomes markup is refused by the browser, whatever a class is called.
   */
  private static final String POLICY =
      String.join(
          "; ",
          List.of(
              "default-src 'none'",
              "script-src 'self'",
              "style-src 'self'",
              "img-src 'self' data: blob:",
              "connect-src 'self'",
              "base-uri 'none'",
              "form-action 'none'",
              "frame-ancestors 'none'",
              "require-trusted-types-for 'script'",
              "trusted-types 'none'"));

  /**
   * The headers of every answer with this file, {@code 304} included.
   *
   * @return names and values, without {@code Content-Length}
   */
  public Map<String, String> headers() {
    return Map.of(
        "Content-Type", contentType,
        "Content-Security-Policy", POLICY,
        "Permissions-Policy", "camera=(self), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy", "same-origin",
        "Cross-Origin-Resource-Policy", "same-origin",
        "Referrer-Policy", "no-referrer",
        "X-Content-Type-Options", "nosniff",
        "Cache-Control", "no-cache",
        "ETag", etag);
  }
}
