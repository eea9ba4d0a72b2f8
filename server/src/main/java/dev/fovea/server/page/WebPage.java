package dev.fovea.server.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The files of the page where one tries the models of a server, and of the description of its
 * interface.
 *
 * <p>None of them holds a secret: they are sent to whoever asks, and the page asks for the token
 * where one is needed. Requests name paths of a fixed list, so that no request reaches a file
 * system. Any thread may call.
 */
public final class WebPage {
  private static final Map<String, StaticFile> FILES =
      files(
          new String[][] {
            {"/", "index.html", "text/html; charset=utf-8"},
            {"/docs", "docs.html", "text/html; charset=utf-8"},
            {"/openapi.json", "openapi.json", "application/json"},
            {"/page/fovea.css", "fovea.css", "text/css; charset=utf-8"},
            {"/page/fovea.js", "fovea.js", "text/javascript; charset=utf-8"},
            {"/page/docs.js", "docs.js", "text/javascript; charset=utf-8"},
            {"/page/icon.svg", "icon.svg", "image/svg+xml"},
          });

  private WebPage() {}

  /**
   * All files.
   *
   * @return in no particular order; unmodifiable
   */
  public static Collection<StaticFile> files() {
    return FILES.values();
  }

  /**
   * The file that a request asks for.
   *
   * @param path the path of the request, decoded, without query
   * @return empty if there is none of that path
   */
  public static Optional<StaticFile> find(String path) {
    return Optional.ofNullable(FILES.get(path));
  }

  private static Map<String, StaticFile> files(String[][] rows) {
    Map<String, StaticFile> files = new LinkedHashMap<>();
    for (String[] row : rows) {
      byte[] bytes = resource(row[1]);
      files.put(row[0], new StaticFile(row[0], row[2], bytes, etag(bytes)));
    }
    return Collections.unmodifiableMap(files);
  }

  private static byte[] resource(String name) {
    try (InputStream in = WebPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing beside WebPage");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String etag(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
