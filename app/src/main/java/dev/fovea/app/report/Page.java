package dev.fovea.app.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What all pages share: one HTML text that needs nothing else, styles inside, curves as SVG, images
 * as data URIs, no script.
 *
 * <p>Its content security policy forbids the browser to fetch or run anything, so that even a name
 * that escaped the escaping could do nothing.
 */
final class Page {
  private Page() {}

  /**
   * Begins a page with its heading.
   *
   * @param reload seconds after which it loads itself again; 0 for never
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

  /** Ends the page and gives all of it. */
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
