package dev.fovea.data.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Parses the text form of a preprocessing: a style name, overrides, or both, for example {@code
 * half,resize=342} or {@code mean=104/117/123,std=1/1/1,order=bgr,range=byte}.
 */
public final class PreprocessingText {
  private PreprocessingText() {}

  /**
   * A style name and overrides.
   *
   * @param name empty if none is given
   * @param changes by key
   */
  public record Parts(String name, Map<String, String> changes) {
    /** Copies the changes. */
    public Parts {
      changes = Map.copyOf(changes);
    }
  }

  /**
   * Splits the text form into its parts.
   *
   * @throws DataException if the text has two names or repeats a key
   */
  public static Parts parse(String text) {
    String name = "";
    Map<String, String> changes = new TreeMap<>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length == 1 && name.isEmpty()) {
        name = pair[0];
      } else if (pair.length == 1 || changes.put(pair[0], pair[1]) != null) {
        throw new DataException(
            "the preprocessing '"
                + text
                + "' gives "
                + (pair.length == 1
                    ? "two names; expected one"
                    : "'" + pair[0] + "' twice; expected it once"));
      }
    }
    return new Parts(name, changes);
  }

  /**
   * {@code base} with {@code changes} applied.
   *
   * @throws DataException if a key is unknown or its value is invalid
   */
  public static Preprocessing changed(Preprocessing base, Map<String, String> changes) {
    Map<String, Object> entries = base.toMap();
    changes.forEach((key, value) -> change(entries, key, value));
    return Preprocessing.fromMap(entries);
  }

  /** The overrides that turn any preprocessing of the same size into {@code p}. */
  public static String of(Preprocessing p) {
    return "resize="
        + p.resizeShorter()
        + ",interpolation="
        + p.interpolation().name().toLowerCase(Locale.ROOT)
        + ",mean="
        + text(p.mean())
        + ",std="
        + text(p.std())
        + ",order="
        + p.order().name().toLowerCase(Locale.ROOT)
        + ",range="
        + p.range().name().toLowerCase(Locale.ROOT);
  }

  private static String text(List<Double> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining("/"));
  }

  private static void change(Map<String, Object> entries, String key, String value) {
    switch (key) {
      case "resize" -> entries.put("resize_shorter", numbers(key, value).get(0));
      case "interpolation" -> entries.put("interpolation", value);
      case "mean", "std" -> entries.put(key, numbers(key, value));
      case "order" -> entries.put("channel_order", value.toUpperCase(Locale.ROOT));
      case "range" ->
          entries.put(
              "value_range",
              value.equals("unit") ? "0..1" : value.equals("byte") ? "0..255" : value);
      default ->
          throw new DataException(
              "unknown preprocessing entry '"
                  + key
                  + "'; expected resize, interpolation, mean, std, order or range");
    }
  }

  private static List<Double> numbers(String key, String text) {
    List<Double> numbers = new ArrayList<>();
    for (String part : text.split("/", -1)) {
      try {
        numbers.add(Double.valueOf(part.strip()));
      } catch (NumberFormatException e) {
        throw new DataException(
            "the preprocessing's "
                + key
                + " is '"
                + text
                + "'; expected numbers like 0.485/0.456/0.406",
            e);
      }
    }
    return numbers;
  }
}
