package dev.fovea.models;

import java.util.ArrayList;
import java.util.List;

/**
 * An option of a family of networks, written {@code name=value} after the model's name.
 *
 * @param values the allowed values; empty if it is a number, whose range is checked when the
 *     network is built
 * @param meaning one line of help
 */
public record ModelOption(String name, String defaultValue, List<String> values, String meaning) {

  /** Checks that the default is one of the values. */
  public ModelOption {
    values = List.copyOf(values);
    if (!values.isEmpty() && !values.contains(defaultValue)) {
      throw new IllegalArgumentException(
          "default " + defaultValue + " of option " + name + " is not in " + values);
    }
  }

  static ModelOption choice(String name, String meaning, String defaultValue, String... others) {
    List<String> values = new ArrayList<>(List.of(defaultValue));
    values.addAll(List.of(others));
    return new ModelOption(name, defaultValue, values, meaning);
  }

  static ModelOption number(String name, String defaultValue, String meaning) {
    return new ModelOption(name, defaultValue, List.of(), meaning);
  }
}
