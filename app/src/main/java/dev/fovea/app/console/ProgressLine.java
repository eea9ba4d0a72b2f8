package dev.fovea.app.console;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The progress of a run as one line that fits a given width.
 *
 * @param doing the current activity, for example {@code epoch 3/30}
 * @param shortly the same for narrow screens, for example {@code 3/30}
 * @param fraction fraction done, 0 to 1
 * @param details further figures, most important first, for example {@code loss 0.8312}
 * @param left estimated time left
 */
public record ProgressLine(
    String doing, String shortly, double fraction, List<String> details, Duration left) {
  private static final int LONGEST_BAR = 30;
  private static final int SHORTEST_BAR = 6;
  private static final String GAP = "  ";

  public ProgressLine {
    details = List.copyOf(details);
  }

  /**
   * The line for a screen: at most {@code columns - 1} characters, because some terminals wrap when
   * the last column is written. Details that do not fit are dropped, least important first, then
   * the bar, then trailing characters.
   */
  public String fit(int columns, boolean unicode) {
    int room = columns - 1;
    String end = Human.time(left) + " left";
    for (int shown = details.size(); shown >= 0; shown--) {
      String rest = rest(shown, end);
      int bar = room - doing.length() - rest.length() - GAP.length();
      if (bar >= SHORTEST_BAR) {
        return doing + GAP + bar(Math.min(bar, LONGEST_BAR), unicode) + rest;
      }
      int shortBar = room - shortly.length() - rest.length() - GAP.length();
      if (shortBar >= SHORTEST_BAR) {
        return shortly + GAP + bar(Math.min(shortBar, LONGEST_BAR), unicode) + rest;
      }
    }
    String bare = shortly + " " + Human.time(left);
    return bare.length() <= room ? bare : bare.substring(0, Math.max(0, room));
  }

  /** The line for a log: all details, no bar. */
  public String plain() {
    return doing + rest(details.size(), Human.time(left) + " left");
  }

  private String rest(int shown, String end) {
    List<String> parts = new ArrayList<>(details.subList(0, shown));
    parts.add(end);
    return GAP + String.join(GAP, parts);
  }

  private String bar(int length, boolean unicode) {
    int done = (int) Math.round(Math.min(1, Math.max(0, fraction)) * length);
    return unicode
        ? "━".repeat(done) + "─".repeat(length - done)
        : "["
            + "#".repeat(Math.min(done, length - 2))
            + "-".repeat(length - 2 - Math.min(done, length - 2))
            + "]";
  }
}
