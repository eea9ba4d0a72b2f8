package dev.fovea.tensor;

import java.util.Locale;
import java.util.regex.Pattern;

/** Formats numbers as text, with a decimal point in every locale and without negative zero. */
public final class Decimals {
  private static final Pattern NEGATIVE_ZERO =
      Pattern.compile("(?<![\\w.])-(0(?:\\.0+)?(?:e[-+]0+)?)(?!\\w|\\.\\d)");

  private Decimals() {}

  /**
   * Like {@link String#format(Locale, String, Object...)} in {@link Locale#ROOT}, but a negative
   * number that rounds to zero has no sign.
   */
  public static String format(String format, Object... values) {
    return NEGATIVE_ZERO.matcher(String.format(Locale.ROOT, format, values)).replaceAll("$1");
  }
}
