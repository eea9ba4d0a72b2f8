package dev.fovea.optim;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stretch of training, written {@code 400steps}, {@code 5epochs} or {@code 30%} (of the run).
 *
 * @param count how many of the unit; at least 0
 */
public record Span(double count, Unit unit) {
  private static final Pattern TEXT =
      Pattern.compile("\\s*([0-9.eE+-]+)\\s*(steps?|epochs?|%)\\s*");

  /** What a span is measured in. */
  public enum Unit {
    /** Updates of the weights. */
    STEPS,
    /** Passes over the training images. */
    EPOCHS,
    /** Hundredths of the whole run. */
    PERCENT
  }

  /** Checks that the count is a number of at least 0. */
  public Span {
    OptimException.check(
        count >= 0 && count < Double.POSITIVE_INFINITY, "a span of at least 0", count);
  }

  /** So many updates. */
  public static Span steps(double count) {
    return new Span(count, Unit.STEPS);
  }

  /** So many passes over the training images. */
  public static Span epochs(double count) {
    return new Span(count, Unit.EPOCHS);
  }

  /**
   * The reverse of {@link #toString}.
   *
   * @throws OptimException if the text is no span
   */
  public static Span parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (m.matches()) {
      try {
        Unit unit =
            m.group(2).startsWith("step")
                ? Unit.STEPS
                : m.group(2).startsWith("epoch") ? Unit.EPOCHS : Unit.PERCENT;
        return new Span(Double.parseDouble(m.group(1)), unit);
      } catch (NumberFormatException e) {
        throw notASpan(text);
      }
    }
    throw notASpan(text);
  }

  private static OptimException notASpan(String text) {
    return new OptimException(
        "'" + text + "' is no stretch of training; write for example 400steps, 5epochs or 30%");
  }

  /** Its length in steps, to be compared with step numbers; not always whole. */
  public double in(RunLength run) {
    if (unit == Unit.STEPS) {
      return count;
    }
    return unit == Unit.EPOCHS ? count * run.stepsPerEpoch() : count / 100 * run.totalSteps();
  }

  /** For example {@code 5epochs}. */
  @Override
  public String toString() {
    String number =
        count == Math.rint(count) && count < 1e15
            ? Long.toString((long) count)
            : Double.toString(count);
    return number + (unit == Unit.PERCENT ? "%" : unit.name().toLowerCase(Locale.ROOT));
  }
}
