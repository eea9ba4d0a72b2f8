package dev.fovea.tensor;

import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers as text: a point for the decimals in every locale, and no negative zero. */
public final class Decimals {
  private static final Pattern NEGATIVE_ZERO =
      Pattern.compile("(?<![\\w.])-(0(?:\\.0+)?(?:e[-+]0+)?)(?!\\w|\\.\\d)");

  private Decimals() {}

  /**
   * What {@link String#format(Locale, String, Object...)} makes in {@link Locale#ROOT}, where a
   * negative number that is rounded to zero has no sign.
   */
  public static String format(String format, Object... values) {
    return NEGATIVE_ZERO.matcher(String.format(Locale.ROOT, format, values)).replaceAll("$1");
  }
}
