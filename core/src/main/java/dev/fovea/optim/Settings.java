package dev.fovea.optim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a map as recipes store it: text, numbers, booleans, lists and maps by name, each with a
 * default; {@link #end} refuses names that nobody asked for.
 */
final class Settings {
  private final String what;
  private final Map<String, ?> map;
  private final Set<String> asked = new HashSet<>();

  Settings(String what, Map<String, ?> map) {
    this.what = what;
    this.map = map;
  }

  String text(String name, String otherwise) {
    return read(name, otherwise, String.class, "text");
  }

  double number(String name, double otherwise) {
    return read(name, otherwise, Number.class, "a number").doubleValue();
  }

  int whole(String name, int otherwise) {
    double value = number(name, otherwise);
    if (value != (int) value) {
      throw new OptimException(
          what + ": '" + name + "' must be a whole number, got " + value + "; correct the recipe");
    }
    return (int) value;
  }

  boolean flag(String name, boolean otherwise) {
    return read(name, otherwise, Boolean.class, "true or false");
  }

  TrainingLength span(String name, TrainingLength otherwise) {
    return TrainingLength.parse(text(name, otherwise.toString()));
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

  /** Returns {@code value} if every name of the map was asked for. */
  <T> T end(T value) {
    for (String name : map.keySet()) {
      if (!asked.contains(name)) {
        throw new OptimException(
            what
                + " has no setting '"
                + name
                + "'; it has "
                + String.join(", ", new TreeSet<>(asked)));
      }
    }
    return value;
  }

  OptimException unknown(String kind, String name, String... names) {
    return new OptimException(
        "there is no " + kind + " '" + name + "'; choose one of " + String.join(", ", names));
  }

  private <T> T read(String name, T otherwise, Class<T> type, String expected) {
    asked.add(name);
    Object value = map.get(name);
    if (value == null) {
      return otherwise;
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
