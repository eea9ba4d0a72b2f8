package dev.fovea.models;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Suggests valid names for a misspelled one, by edit distance. */
final class NearestNames {
  private static final int SHOWN = 3;

  private NearestNames() {}

  /** For example {@code resnet50, resnet56 or resnet20}. */
  static String of(String wrong, List<String> names) {
    List<String> nearest =
        names.stream()
            .sorted(Comparator.comparingInt(n -> distance(wrong, n)))
            .limit(SHOWN)
            .toList();
    int last = nearest.size() - 1;
    return last == 0
        ? nearest.get(0)
        : nearest.subList(0, last).stream().collect(Collectors.joining(", "))
            + " or "
            + nearest.get(last);
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        boolean same =
            Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
        int changed = diagonal + (same ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
