package dev.fovea.optim;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From when on a part of the network is not trained any more, written {@code layer1:60%}.
 *
 * @param part as described in {@link FineTuning}
 * @param after share of the epochs in which it is trained, in percent, above 0 and below 100
 */
public record PartFreeze(String part, double after) {
  private static final Pattern TEXT = Pattern.compile("([^:\\s]+):(\\d{1,2}(?:\\.\\d+)?|\\.\\d+)%");

  /** Checks part and share. */
  public PartFreeze {
    if (part.isEmpty()
        || part.chars().anyMatch(c -> c == ':' || Character.isWhitespace(c))
        || !(after > 0 && after < 100)) {
      throw invalid(part + ":" + after + "%");
    }
  }

  /**
   * Parses text such as {@code layer1:60%}.
   *
   * @throws OptimException if the text is not a part with a share of the epochs
   */
  public static PartFreeze parse(String text) {
    Matcher m = TEXT.matcher(text);
    double after = m.matches() ? Double.parseDouble(m.group(2)) : 0;
    if (after == 0) {
      throw invalid(text);
    }
    return new PartFreeze(m.group(1), after);
  }

  /**
   * Returns the first epoch, counted from 0, in which the part is frozen: at the nearest end of an
   * epoch, but never before the second; {@code epochs} or more if it never is.
   */
  public long epoch(long epochs) {
    return Math.max(1, Math.round(after / 100 * epochs));
  }

  private static OptimException invalid(String text) {
    return new OptimException(
        "'"
            + text
            + "' is not a part of the network and when it is frozen, in percent of the epochs above"
            + " 0 and below 100; write for example conv1:30% or layer1:60%");
  }

  /** Returns the text that {@link #parse} reads. */
  @Override
  public String toString() {
    return part + ":" + BigDecimal.valueOf(after).stripTrailingZeros().toPlainString() + "%";
  }
}
