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
 * The options of an augmentation in a recipe: {@code pad=4,padding=zero}. Each is taken once;
 * {@link #end} refuses those that nobody took. For one thread.
 */
public final class AugmentOptions {
  private static final int LARGEST = 1 << 24;

  private final String text;
  private final Map<String, String> left;

  /**
   * Reads {@code name=value} pairs with commas between them.
   *
   * @param text what they are options of, for messages
   * @throws DataException if a pair cannot be read
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

  /** Whether an option is given and not yet taken. */
  boolean has(String key) {
    return left.containsKey(key);
  }

  /** A number. */
  public double number(String key, double otherwise) {
    String value = left.remove(key);
    try {
      return value == null ? otherwise : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new DataException(
          "'" + text + "': " + key + " must be a number, got '" + value + "'", e);
    }
  }

  /** A whole number. */
  int whole(String key, int otherwise) {
    double value = number(key, otherwise);
    if (value != Math.rint(value) || Math.abs(value) > LARGEST) {
      throw new DataException("'" + text + "': " + key + " must be a whole number, got " + value);
    }
    return (int) value;
  }

  /** One of the constants of an enum, written in small letters with hyphens. */
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

  /** The filters that a crop draws from: one by name, or {@code random}. */
  List<Interpolation> filters(String otherwise) {
    String name = Objects.requireNonNullElse(left.remove("filter"), otherwise);
    return name.equals("random") ? Interpolation.INCEPTION : List.of(Interpolation.parse(name));
  }

  /**
   * Checks that every option was taken.
   *
   * @throws DataException if not, naming them
   */
  public void end() {
    if (!left.isEmpty()) {
      throw new DataException("'" + text + "' does not know " + String.join(", ", left.keySet()));
    }
  }
}
