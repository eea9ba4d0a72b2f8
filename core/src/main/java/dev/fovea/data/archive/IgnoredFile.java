package dev.fovea.data.archive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of a source that is not part of the data set.
 *
 * @param path relative to the source, with {@code /} between its elements
 * @param kind the group that summaries count it under, for example {@code .heic}
 * @param reason why it is ignored and what to do about it, without the path
 */
public record IgnoredFile(String path, String kind, String reason) {
  private static final int SHOWN_KINDS = 8;

  /**
   * Summarizes files in one line by kind, the most frequent first: {@code 5 files ignored: 2 .heic,
   * 1 .avif, ...}; empty if there are none.
   */
  public static String summary(List<IgnoredFile> files) {
    if (files.isEmpty()) {
      return "";
    }
    Map<String, Integer> counts = new TreeMap<>();
    files.forEach(f -> counts.merge(f.kind, 1, Integer::sum));
    List<Map.Entry<String, Integer>> kinds = new ArrayList<>(counts.entrySet());
    kinds.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
    List<String> words = new ArrayList<>();
    kinds.stream().limit(SHOWN_KINDS).forEach(e -> words.add(e.getValue() + " " + e.getKey()));
    if (kinds.size() > SHOWN_KINDS) {
      int others = kinds.stream().skip(SHOWN_KINDS).mapToInt(Map.Entry::getValue).sum();
      words.add(others + " of other kinds");
    }
    return files.size()
        + (files.size() == 1 ? " file" : " files")
        + " ignored: "
        + String.join(", ", words);
  }

  @Override
  public String toString() {
    return path + ": " + reason;
  }
}
