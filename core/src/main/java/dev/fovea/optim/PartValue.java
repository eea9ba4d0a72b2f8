package dev.fovea.optim;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number for one part of a network, written {@code layer1=0.1}.
 *
 * @param part as described in {@link FineTuning}
 * @param value 0 or more
 */
public record PartValue(String part, double value) {
  private static final Pattern TEXT = Pattern.compile("([^=\\s]+)=([-+.0-9eE]+)");

  /** Checks part and value. */
  public PartValue {
    if (part.isEmpty()
        || part.chars().anyMatch(c -> c == '=' || Character.isWhitespace(c))
        || !valid(value)) {
      throw invalid(part + "=" + value);
    }
  }

  /**
   * Parses text such as {@code layer1=0.1}.
   *
   * @throws OptimException if the text is not a part with a number of at least 0
   */
  public static PartValue parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      throw invalid(text);
    }
    double value;
    try {
      value = Double.parseDouble(m.group(2));
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
    if (!valid(value)) {
      throw invalid(text);
    }
    return new PartValue(m.group(1), value);
  }

  private static boolean valid(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  private static OptimException invalid(String text) {
    return new OptimException(
        "'"
            + text
            + "' is not a part of the network and a number of at least 0; write for example"
            + " layer1=0.1 or head=1");
  }

  /** Returns the text that {@link #parse} reads. */
  @Override
  public String toString() {
    boolean whole = value == Math.rint(value) && value < 1e15;
    return part + "=" + (whole ? Long.toString((long) value) : Double.toString(value));
  }
}
