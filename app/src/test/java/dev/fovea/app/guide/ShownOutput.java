package dev.fovea.app.guide;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Output as a guide shows it: {@code …} alone in a line stands for any lines that were left out,
 * within a line for any text.
 *
 * @param lines as shown
 * @param numbersDiffer whether only the places of numbers count, and not their values or widths
 */
record ShownOutput(List<String> lines, boolean numbersDiffer) {
  private static final String LEFT_OUT = "…";
  private static final Pattern DURATION = Pattern.compile("\\b(\\d+h)?(\\d+m)?\\d+s\\b");
  private static final Pattern NUMBER = Pattern.compile("\\d+(,\\d{3})*(\\.\\d+)*");
  private static final Pattern RULE = Pattern.compile("-{3,}");

  /** Whether a command that printed {@code real} may be shown like this. */
  boolean shows(List<String> real) {
    return shows(0, real, 0);
  }

  private boolean shows(int line, List<String> real, int at) {
    if (line == lines.size()) {
      return at == real.size();
    }
    String shown = lines.get(line).strip();
    if (shown.equals(LEFT_OUT)) {
      for (int next = at; next <= real.size(); next++) {
        if (shows(line + 1, real, next)) {
          return true;
        }
      }
      return false;
    }
    return at < real.size() && isShown(shown, real.get(at)) && shows(line + 1, real, at + 1);
  }

  private boolean isShown(String shown, String real) {
    StringBuilder pattern = new StringBuilder();
    for (String part : plain(shown).split(LEFT_OUT, -1)) {
      pattern.append(pattern.length() == 0 ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.matches(pattern.toString(), plain(real.strip()));
  }

  private String plain(String line) {
    if (!numbersDiffer) {
      return line;
    }
    String plain = DURATION.matcher(line).replaceAll("0s");
    plain = NUMBER.matcher(plain).replaceAll("0");
    return RULE.matcher(plain).replaceAll("---").replaceAll("\\s+", " ");
  }
}
