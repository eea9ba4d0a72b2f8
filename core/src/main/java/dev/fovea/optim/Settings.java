package dev.fovea.optim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads settings from a map as recipes store it, each with a default; {@link #end} rejects unknown
 * names.
 */
final class Settings {
  private final String what;
  private final Map<String, ?> map;
  private final Set<String> known = new HashSet<>();

  Settings(String what, Map<String, ?> map) {
    this.what = what;
    this.map = map;
  }

  String text(String name, String fallback) {
    return read(name, fallback, String.class, "text");
  }

  double number(String name, double fallback) {
    return read(name, fallback, Number.class, "a number").doubleValue();
  }

  int whole(String name, int fallback) {
    double value = number(name, fallback);
    if (value != (int) value) {
      throw new OptimException(
          what + ": '" + name + "' must be a whole number, got " + value + "; correct the recipe");
    }
    return (int) value;
  }

  boolean flag(String name, boolean fallback) {
    return read(name, fallback, Boolean.class, "true or false");
  }

  TrainingLength span(String name, TrainingLength fallback) {
    return TrainingLength.parse(text(name, fallback.toString()));
  }

  List<TrainingLength> spans(String name) {
    List<TrainingLength> spans = new ArrayList<>();
    for (Object text :
        read(name, List.of(), List.class, "a list such as [\"30epochs\", \"60epochs\"]")) {
      spans.add(TrainingLength.parse(String.valueOf(text)));
    }
    return spans;
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (Object text : read(name, List.of(), List.class, "a list of texts")) {
      texts.add(String.valueOf(text));
    }
    return texts;
  }

  Map<String, Object> map(String name) {
    Map<String, Object> inner = new LinkedHashMap<>();
    Map<?, ?> given = read(name, Map.of(), Map.class, "a map");
    given.forEach((k, v) -> inner.put(String.valueOf(k), v));
    return inner;
  }

  /** Returns {@code value} if every name in the map was read, else throws. */
  <T> T end(T value) {
    for (String name : map.keySet()) {
      if (!known.contains(name)) {
        throw new OptimException(
            what
                + " has no setting '"
                + name
                + "'; it has "
                + String.join(", ", new TreeSet<>(known)));
      }
    }
    return value;
  }

  OptimException unknown(String kind, String name, String... names) {
    return new OptimException(
        "there is no " + kind + " '" + name + "'; choose one of " + String.join(", ", names));
  }

  private <T> T read(String name, T fallback, Class<T> type, String expected) {
    known.add(name);
    Object value = map.get(name);
    if (value == null) {
      return fallback;
    }
    if (!type.isInstance(value)) {
      throw new OptimException(
          what
              + ": '"
              + name
              + "' must be "
              + expected
              + ", got '"
              + value
              + "'; correct the recipe");
    }
    return type.cast(value);
  }
}
