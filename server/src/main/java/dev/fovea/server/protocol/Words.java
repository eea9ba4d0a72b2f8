package dev.fovea.server.protocol;

import java.util.Locale;

/** A stranger's text made fit for one line. */
public final class Words {
  private static final int MOST = 80;

  private Words() {}

  /** In quotes, shortened, without control characters. */
  public static String quoted(String text) {
    return "'" + visible(text, MOST) + "'";
  }

  /** Shortened, with control characters as escapes, so that no line of a log can be forged. */
  public static String visible(String text, int most) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(most)
        .forEach(
            c -> {
              boolean shown = c >= ' ' && c < 0x7f || c > 0xa0 && Character.isLetterOrDigit(c);
              if (shown) {
                out.appendCodePoint(c);
              } else {
                out.append(String.format(Locale.ROOT, "\\u%04x", c));
              }
            });
    return text.codePointCount(0, text.length()) > most ? out + "..." : out.toString();
  }
}
