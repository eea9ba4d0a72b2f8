package dev.fovea.models;

import java.util.ArrayList;
import java.util.List;

/**
 * A choice that a family of networks leaves open, written {@code name=value} behind the model's
 * name.
 *
 * @param values what it can be; empty if it is any number; the network's operations check its range
 * @param meaning one line for the help
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
