package dev.fovea.optim;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A length of training, written {@code 400steps}, {@code 5epochs}, {@code 30%} (of the run) or, for
 * a whole run only, {@code 13minutes}.
 *
 * @param count the number of units; at least 0
 */
public record TrainingLength(double count, Unit unit) {
  private static final Pattern TEXT =
      Pattern.compile("\\s*([0-9.eE+-]+)\\s*(steps?|epochs?|minutes?|%)\\s*");

  /** The unit of a training length. */
  public enum Unit {
    /** Optimizer steps. */
    STEPS,
    /** Passes over the training images. */
    EPOCHS,
    /** Percent of the whole run. */
    PERCENT,
    /** Wall-clock time; converts to steps only after the speed of a step has been measured. */
    MINUTES
  }

  /** Checks that the count is finite and at least 0. */
  public TrainingLength {
    OptimException.check(
        count >= 0 && count < Double.POSITIVE_INFINITY, "a training length of at least 0", count);
  }

  /** Returns a length of {@code count} optimizer steps. */
  public static TrainingLength steps(double count) {
    return new TrainingLength(count, Unit.STEPS);
  }

  /** Returns a length of {@code count} passes over the training images. */
  public static TrainingLength epochs(double count) {
    return new TrainingLength(count, Unit.EPOCHS);
  }

  /** Returns {@code count} percent of the run. */
  public static TrainingLength percent(double count) {
    return new TrainingLength(count, Unit.PERCENT);
  }

  /** Returns a length of {@code count} minutes. */
  public static TrainingLength minutes(double count) {
    return new TrainingLength(count, Unit.MINUTES);
  }

  /**
   * Parses text such as {@code 400steps}, {@code 5epochs} or {@code 30%}.
   *
   * @throws OptimException if the text is not a training length
   */
  public static TrainingLength parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (m.matches()) {
      try {
        return new TrainingLength(Double.parseDouble(m.group(1)), unit(m.group(2)));
      } catch (NumberFormatException e) {
        throw invalid(text);
      }
    }
    throw invalid(text);
  }

  private static Unit unit(String word) {
    return switch (word.charAt(0)) {
      case 's' -> Unit.STEPS;
      case 'e' -> Unit.EPOCHS;
      case 'm' -> Unit.MINUTES;
      default -> Unit.PERCENT;
    };
  }

  private static OptimException invalid(String text) {
    return new OptimException(
        "'" + text + "' is not a training length; write for example 400steps, 5epochs or 30%");
  }

  /**
   * Returns this length in optimizer steps, which may be fractional.
   *
   * @throws OptimException if the unit is minutes
   */
  public double in(RunLength run) {
    return switch (unit) {
      case STEPS -> count;
      case EPOCHS -> count * run.stepsPerEpoch();
      case PERCENT -> count / 100 * run.totalSteps();
      case MINUTES ->
          throw new OptimException(
              "a length of " + this + " cannot be converted to steps; write steps, epochs or %");
    };
  }

  /** Returns this length in words, for example {@code 5 epochs}. */
  public String words() {
    String many = unitName();
    boolean one = count == 1 && unit != Unit.PERCENT;
    return number() + " " + (one ? many.substring(0, many.length() - 1) : many);
  }

  /** Returns the text that {@link #parse} reads, for example {@code 5epochs}. */
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
