package dev.fovea.app.report;

/** Escapes text for HTML and SVG, in elements and in quoted attributes. */
final class Html {
  private Html() {}

  /** The escaped text; control characters, which HTML forbids, become U+FFFD. */
  static String text(String s) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    s.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n', '\t' -> out.append(' ');
                default -> out.appendCodePoint(isHarmless(c) ? c : 0xFFFD);
              }
            });
    return out.toString();
  }

  private static boolean isHarmless(int c) {
    boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
    // Bidirectional control characters could disguise one name as another.
    boolean direction = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    return !surrogate && !direction && !Character.isISOControl(c) && (c & 0xFFFE) != 0xFFFE;
  }
}
