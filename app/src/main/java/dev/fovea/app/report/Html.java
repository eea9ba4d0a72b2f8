package dev.fovea.app.report;

/** Text made harmless for HTML and SVG, in elements and in quoted attributes alike. */
final class Html {
  private Html() {}

  /** The text as it is to be seen; control characters, which HTML forbids, become U+FFFD. */
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
    // Marks that turn the direction of writing would let a name pretend to be another.
    boolean direction = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    return !surrogate && !direction && !Character.isISOControl(c) && (c & 0xFFFE) != 0xFFFE;
  }
}
