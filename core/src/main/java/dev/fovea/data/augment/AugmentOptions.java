package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Parses the options of an augmentation in a recipe, for example {@code pad=4,padding=zero}. Each
 * option is read once; {@link #end} refuses options that were not read. Used by one thread.
 */
public final class AugmentOptions {
  private static final int LARGEST = 1 << 24;

  private final String text;
  private final Map<String, String> left;

  /**
   * Splits comma-separated {@code name=value} pairs.
   *
   * @param text the word that the options belong to, for messages
   * @throws DataException if a pair is malformed
   */
  public AugmentOptions(String text, @Nullable String pairs) {
    this.text = text;
    this.left = new LinkedHashMap<>();
    for (String part : pairs == null || pairs.isBlank() ? new String[0] : pairs.split(",")) {
      String[] pair = part.split("=", 2);
      if (pair.length != 2) {
        throw new DataException("cannot read '" + text + "'; write options as name=value");
      }
      left.put(pair[0].strip(), pair[1].strip());
    }
  }

  /** Whether an option is given and not yet read. */
  boolean has(String key) {
    return left.containsKey(key);
  }

  /** Reads a number, {@code otherwise} if the option is not given. */
  public double number(String key, double otherwise) {
    String value = left.remove(key);
    try {
      return value == null ? otherwise : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new DataException(
          "'" + text + "': " + key + " must be a number, got '" + value + "'", e);
    }
  }

  /** Reads an integer, {@code otherwise} if the option is not given. */
  int whole(String key, int otherwise) {
    double value = number(key, otherwise);
    if (value != Math.rint(value) || Math.abs(value) > LARGEST) {
      throw new DataException("'" + text + "': " + key + " must be a whole number, got " + value);
    }
    return (int) value;
  }

  /** Reads an enum constant, written in lower case with hyphens. */
  <E extends Enum<E>> E choice(String key, E otherwise) {
    String name = Objects.requireNonNullElse(left.remove(key), word(otherwise));
    List<E> all = Arrays.asList(otherwise.getDeclaringClass().getEnumConstants());
    return all.stream()
        .filter(e -> word(e).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    "'"
                        + text
                        + "': "
                        + key
                        + " must be "
                        + all.stream().map(AugmentOptions::word).collect(Collectors.joining(" or "))
                        + ", got '"
                        + name
                        + "'"));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads the filters that a crop chooses from: one by name, or {@code random}. */
  List<Interpolation> filters(String otherwise) {
    String name = Objects.requireNonNullElse(left.remove("filter"), otherwise);
    return name.equals("random") ? Interpolation.INCEPTION : List.of(Interpolation.parse(name));
  }

  /**
   * Checks that every option was read.
   *
   * @throws DataException if not, naming them
   */
  public void end() {
    if (!left.isEmpty()) {
      throw new DataException("'" + text + "': unknown option " + String.join(", ", left.keySet()));
    }
  }
}
