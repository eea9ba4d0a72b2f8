package dev.fovea.app.console;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Finds the known names closest to a misspelled one.
 *
 * <p>The distance is optimal string alignment: insertions, deletions, substitutions and swaps of
 * adjacent characters cost 1 each (Damerau 1964). Case, hyphens and underscores are ignored.
 */
public final class Nearest {
  private Nearest() {}

  /** At most three of {@code known}, closest first; none if nothing is similar. */
  static List<String> to(String wrong, Collection<String> known) {
    String w = plain(wrong);
    int most = Math.max(1, w.length() / 3);
    return known.stream()
        .filter(k -> distance(w, plain(k)) <= most || isBeginning(w, plain(k)))
        .sorted(
            Comparator.comparingInt((String k) -> distance(w, plain(k)))
                .thenComparing(Comparator.naturalOrder()))
        .limit(3)
        .toList();
  }

  /** " Did you mean a or b?", or an empty string. */
  public static String question(String wrong, Collection<String> known) {
    List<String> near = to(wrong, known);
    return near.isEmpty()
        ? ""
        : near.stream().collect(Collectors.joining(" or ", " Did you mean ", "?"));
  }

  private static String plain(String s) {
    return s.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  private static boolean isBeginning(String wrong, String known) {
    return wrong.length() >= 3 && known.startsWith(wrong);
  }

  static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    Arrays.setAll(last, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(substitute, Math.min(last[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      before = last;
      last = row;
    }
    return last[b.length()];
  }
}
