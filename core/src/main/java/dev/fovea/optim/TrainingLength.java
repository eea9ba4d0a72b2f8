package dev.fovea.optim;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stretch of training, written {@code 400steps}, {@code 5epochs}, {@code 30%} (of the run) or,
 * only for a whole run, {@code 13minutes}.
 *
 * @param count how many of the unit; at least 0
 */
public record TrainingLength(double count, Unit unit) {
  private static final Pattern TEXT =
      Pattern.compile("\\s*([0-9.eE+-]+)\\s*(steps?|epochs?|minutes?|%)\\s*");

  /** What a span is measured in. */
  public enum Unit {
    /** Updates of the weights. */
    STEPS,
    /** Passes over the training images. */
    EPOCHS,
    /** Hundredths of the whole run. */
    PERCENT,
    /** Wall time; has no length in steps until somebody has measured how fast steps are. */
    MINUTES
  }

  /** Checks that the count is a number of at least 0. */
  public TrainingLength {
    OptimException.check(
        count >= 0 && count < Double.POSITIVE_INFINITY, "a span of at least 0", count);
  }

  /** So many updates. */
  public static TrainingLength steps(double count) {
    return new TrainingLength(count, Unit.STEPS);
  }

  /** So many passes over the training images. */
  public static TrainingLength epochs(double count) {
    return new TrainingLength(count, Unit.EPOCHS);
  }

  /** A part of the run, of which 100 is all. */
  public static TrainingLength percent(double count) {
    return new TrainingLength(count, Unit.PERCENT);
  }

  /** So much time. */
  public static TrainingLength minutes(double count) {
    return new TrainingLength(count, Unit.MINUTES);
  }

  /**
   * The reverse of {@link #toString}.
   *
   * @throws OptimException if the text is no span
   */
  public static TrainingLength parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (m.matches()) {
      try {
        return new TrainingLength(Double.parseDouble(m.group(1)), unit(m.group(2)));
      } catch (NumberFormatException e) {
        throw notASpan(text);
      }
    }
    throw notASpan(text);
  }

  private static Unit unit(String word) {
    return switch (word.charAt(0)) {
      case 's' -> Unit.STEPS;
      case 'e' -> Unit.EPOCHS;
      case 'm' -> Unit.MINUTES;
      default -> Unit.PERCENT;
    };
  }

  private static OptimException notASpan(String text) {
    return new OptimException(
        "'" + text + "' is no stretch of training; write for example 400steps, 5epochs or 30%");
  }

  /**
   * Its length in steps, to be compared with step numbers; not always whole.
   *
   * @throws OptimException if it is a time
   */
  public double in(RunLength run) {
    return switch (unit) {
      case STEPS -> count;
      case EPOCHS -> count * run.stepsPerEpoch();
      case PERCENT -> count / 100 * run.totalSteps();
      case MINUTES ->
          throw new OptimException(
              "a stretch of " + this + " has no length in steps; write steps, epochs or %");
    };
  }

  /** For people, for example {@code 5 epochs}. */
  public String words() {
    String many = unitName();
    boolean one = count == 1 && unit != Unit.PERCENT;
    return number() + " " + (one ? many.substring(0, many.length() - 1) : many);
  }

  /** For example {@code 5epochs}. */
  @Override
  public String toString() {
    return number() + unitName();
  }

  private String number() {
    return count == Math.rint(count) && count < 1e15
        ? Long.toString((long) count)
        : Double.toString(count);
  }

  private String unitName() {
    return unit == Unit.PERCENT ? "%" : unit.name().toLowerCase(Locale.ROOT);
  }
}
