package dev.fovea.models;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The options of one request: every option of the family, with its given or default value. */
final class Options {
  private final Map<String, String> values;

  private Options(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads {@code shortcut=B, stride=1x1}.
   *
   * @throws ModelException if an option is unknown, given twice, or has an invalid value
   */
  static Options parse(String model, List<ModelOption> known, String text) {
    Map<String, String> values = new LinkedHashMap<>();
    known.forEach(o -> values.put(o.name(), o.defaultValue()));
    Map<String, String> given = new LinkedHashMap<>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      String[] pair = part.split("=", 2);
      String name = pair[0].strip();
      if (pair.length != 2 || given.containsKey(name)) {
        throw new ModelException(
            "model '"
                + model
                + "': cannot read the option '"
                + part.strip()
                + "'; write each once as name=value: "
                + example(model, known));
      }
      ModelOption option =
          known.stream()
              .filter(o -> o.name().equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(model, known, name));
      given.put(name, value(model, option, pair[1].strip()));
    }
    values.putAll(given);
    return new Options(values);
  }

  /** The value of an option of this family. */
  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the family has no option " + name);
    }
    return value;
  }

  boolean is(String name, String value) {
    return text(name).equals(value);
  }

  double number(String name) {
    return Double.parseDouble(text(name));
  }

  /** {@code model}, followed by the options that differ from their defaults. */
  String nameOf(String model, List<ModelOption> known) {
    String changed =
        known.stream()
            .filter(o -> !text(o.name()).equals(o.defaultValue()))
            .map(o -> o.name() + "=" + text(o.name()))
            .collect(Collectors.joining(","));
    return changed.isEmpty() ? model : model + "(" + changed + ")";
  }

  private static String value(String model, ModelOption option, String value) {
    if (option.values().isEmpty()) {
      try {
        double number = Double.parseDouble(value);
        if (Double.isFinite(number)) {
          return number == Math.rint(number) && Math.abs(number) < 1e9
              ? Long.toString((long) number)
              : Double.toString(number);
        }
      } catch (NumberFormatException e) {
        // Falls through to the message, which is the same for text and for infinity.
      }
      throw new ModelException(
          "model '"
              + model
              + "': option "
              + option.name()
              + " must be a number, got '"
              + value
              + "'");
    }
    return option.values().stream()
        .filter(v -> v.equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelException(
                    "model '"
                        + model
                        + "': option "
                        + option.name()
                        + " is '"
                        + value
                        + "'; expected one of "
                        + String.join(", ", option.values())));
  }

  private static ModelException unknown(String model, List<ModelOption> known, String name) {
    List<String> names = known.stream().map(ModelOption::name).toList();
    return new ModelException(
        "model '"
            + model
            + "' has no option '"
            + name
            + "'; "
            + (names.isEmpty()
                ? "it has none at all"
                : "did you mean "
                    + NearestNames.of(name, names)
                    + "? It has "
                    + String.join(", ", names)));
  }

  private static String example(String model, List<ModelOption> known) {
    return known.isEmpty()
        ? model
        : model + "(" + known.get(0).name() + "=" + known.get(0).defaultValue() + ")";
  }
}
