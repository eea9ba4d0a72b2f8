package dev.fovea.onnx.importer;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Class names in a model's metadata, as exporters write them. */
final class ClassTexts {
  private static final List<String> KEYS =
      List.of("names", "classes", "class_names", "labels", "id2label", "categories");

  private final String text;
  private final Map<Long, String> numbered = new TreeMap<>();
  private final List<String> listed = new ArrayList<>();
  private int at;

  private ClassTexts(String text) {
    this.text = text;
  }

  /**
   * The names, if the metadata have as many as there are classes.
   *
   * @throws OnnxException if those of an export of Fovea's are others
   */
  static Optional<List<String>> of(Path path, Map<String, String> metadata, int classes) {
    if (metadata.containsKey(OnnxModel.CLASSES)) {
      return Optional.of(ours(path, metadata, classes));
    }
    return KEYS.stream()
        .filter(metadata::containsKey)
        .map(k -> new ClassTexts(metadata.getOrDefault(k, "")).names())
        .filter(names -> names.size() == classes)
        .findFirst();
  }

  private static List<String> ours(Path path, Map<String, String> metadata, int classes) {
    try {
      String text = metadata.getOrDefault(OnnxModel.CLASSES, "");
      Object list = JsonTree.parse(text, "its classes").get("classes");
      if (list instanceof List<?> names && names.size() == classes) {
        return names.stream().map(String::valueOf).toList();
      }
    } catch (CheckpointException e) {
      throw new OnnxException(path + ": its metadata cannot be read: " + e.getMessage(), e);
    }
    throw OnnxException.of(
        path,
        "its metadata "
            + OnnxModel.CLASSES
            + " does not name "
            + Decimals.count(classes, "class")
            + "; export the model again");
  }

  /** A list or table in JSON or Python, or texts in lines or between commas. */
  private List<String> names() {
    if (text.indexOf('\'') < 0 && text.indexOf('"') < 0) {
      String separator = text.contains("\n") ? "\\R" : ",";
      return Arrays.stream(text.split(separator, -1))
          .map(String::strip)
          .filter(s -> !s.isEmpty())
          .toList();
    }
    String key = "";
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\'' || c == '"') {
        key = take(quoted(c), key);
      } else if (Character.isDigit(c)) {
        int from = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
          at++;
        }
        key = text.substring(from, at);
      } else {
        at++;
      }
    }
    boolean whole = listed.isEmpty();
    long next = 0;
    for (long number : numbered.keySet()) {
      whole &= number == next++;
    }
    return whole
        ? List.copyOf(numbered.values())
        : numbered.isEmpty() ? List.copyOf(listed) : List.of();
  }

  /** Takes a quoted text as a key or as a name; gives the key that is open after it. */
  private String take(String value, String key) {
    int next = at;
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
    if (next < text.length() && text.charAt(next) == ':' && value.matches("\\d{1,9}")) {
      return value;
    } else if (key.isEmpty() || key.length() > 9) {
      listed.add(value);
    } else {
      numbered.put(Long.parseLong(key), value);
    }
    return "";
  }

  private String quoted(char end) {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != end) {
      if (text.charAt(at) == '\\' && at + 1 < text.length()) {
        at++;
      }
      value.append(text.charAt(at++));
    }
    at++;
    return value.toString();
  }
}
