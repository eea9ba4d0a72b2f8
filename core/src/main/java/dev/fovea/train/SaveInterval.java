package dev.fovea.train;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An interval in steps or in time, written {@code 500steps}, {@code 90s}, {@code 5m}, {@code 2h} or
 * {@code never}.
 *
 * @param steps 0 if the interval is a time
 * @param time zero if the interval is in steps
 */
public record SaveInterval(long steps, Duration time) {
  /** Never. */
  public static final SaveInterval NEVER = new SaveInterval(0, Duration.ZERO);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\s*(steps?|s|m|h)");

  /**
   * Parses {@code 500steps}, {@code 90s}, {@code 5m}, {@code 2h} or {@code never}.
   *
   * @throws ConfigException if the text is none of these
   */
  public static SaveInterval parse(String text) {
    String t = text.strip();
    Matcher m = TEXT.matcher(t);
    if (t.equals("never")) {
      return NEVER;
    } else if (!m.matches() || Long.parseLong(m.group(1)) == 0) {
      throw new ConfigException(
          "cannot read the interval '"
              + text
              + "'; write for example 5m, 90s, 2h, 500steps or never");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "s" -> new SaveInterval(0, Duration.ofSeconds(n));
      case "m" -> new SaveInterval(0, Duration.ofMinutes(n));
      case "h" -> new SaveInterval(0, Duration.ofHours(n));
      default -> new SaveInterval(n, Duration.ZERO);
    };
  }

  /** Whether the interval has passed. */
  boolean isDue(long stepsSince, long nanosSince) {
    return steps > 0 ? stepsSince >= steps : !time.isZero() && nanosSince >= time.toNanos();
  }

  /** Returns the text that {@link #parse} reads. */
  @Override
  public String toString() {
    long s = time.toSeconds();
    return steps > 0
        ? steps + "steps"
        : s == 0 ? "never" : s % 3600 == 0 ? s / 3600 + "h" : s % 60 == 0 ? s / 60 + "m" : s + "s";
  }
}
