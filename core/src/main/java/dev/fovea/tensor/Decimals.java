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

  /** A value with three significant digits, with an exponent if it is tiny or huge. */
  public static String significant(double v) {
    double a = Math.abs(v);
    if (v == 0) {
      return "0";
    }
    if (a < 0.001 || a >= 1e5) {
      return format("%.2e", v);
    }
    int decimals = (int) Math.max(0, 2 - Math.floor(Math.log10(a) + 1e-9));
    return format("%." + decimals + "f", v);
  }

  /**
   * A number of things in words: {@code 1 image}, {@code 2 images}, {@code 3 classes}.
   *
   * @param thing in the singular, one whose plural is regular
   */
  public static String count(long n, String thing) {
    return n + " " + plural(n, thing);
  }

  /** The word for so many things: {@code image} for 1, {@code images} for 0 or 2. */
  public static String plural(long n, String thing) {
    if (n == 1) {
      return thing;
    }
    return thing
        + (thing.endsWith("s") || thing.endsWith("x") || thing.endsWith("ch") ? "es" : "s");
  }
}
