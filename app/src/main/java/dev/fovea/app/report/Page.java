package dev.fovea.app.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The common frame of all pages: a self-contained HTML document with inline styles, SVG charts and
 * images as data URIs, without scripts.
 *
 * <p>Its content security policy forbids the browser to fetch or run anything, in case a name is
 * ever left unescaped.
 */
final class Page {
  private Page() {}

  /**
   * Begins a page with its heading.
   *
   * @param reload seconds until the page reloads itself; 0 for never
   */
  static void head(StringBuilder s, String title, int reload) {
    s.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src"
                + " data:; ")
        .append("style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    if (reload > 0) {
      s.append("<meta http-equiv=\"refresh\" content=\"" + reload + "\">\n");
    }
    s.append("<title>").append(Html.text(title)).append("</title>\n<style>\n");
    s.append(style()).append("</style>\n</head>\n<body>\n");
    s.append("<main>\n<h1>").append(Html.text(title)).append("</h1>\n");
  }

  /** Ends the page and returns all of it. */
  static String foot(StringBuilder s) {
    return s.append("</main>\n</body>\n</html>\n").toString();
  }

  private static String style() {
    try (InputStream in = Page.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is missing from the jar; build fovea again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
