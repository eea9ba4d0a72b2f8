package dev.fovea.collective.ring;

import java.time.Duration;

/**
 * How long a ring waits.
 *
 * @param connect until every rank has joined
 * @param silence until a rank whose process gives no sign of life counts as dead; a rank that is
 *     slow goes on giving them
 * @param operation until an operation is complete on this rank, from its own begin
 * @param latecomer until a rank before this one that has not come yet is no longer told why there
 *     will be no ring
 */
public record RingDeadlines(
    Duration connect, Duration silence, Duration operation, Duration latecomer) {
  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofDays(7);
  private static final long LONGEST_INTERVAL = 1000;
  private static final int SIGNS_PER_SILENCE = 8;

  /** Five minutes to join, ten seconds of silence, a minute for an operation. */
  public static final RingDeadlines NORMAL =
      new RingDeadlines(Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofMinutes(1));

  /** Checks that each is between a tenth of a second and a week. */
  public RingDeadlines {
    check("connect", connect);
    check("silence", silence);
    check("operation", operation);
    check("latecomer", latecomer);
  }

  /** These, and five seconds for a latecomer. */
  public RingDeadlines(Duration connect, Duration silence, Duration operation) {
    this(connect, silence, operation, Duration.ofSeconds(5));
  }

  private static void check(String name, Duration duration) {
    if (duration.compareTo(LEAST) < 0 || duration.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "the ring's deadline '"
              + name
              + "' is "
              + duration.toMillis()
              + " ms; expected between 0.1 s and 7 days");
    }
  }

  /** The time from one sign of life to the next. */
  long intervalMillis() {
    return Math.min(LONGEST_INTERVAL, silence.toMillis() / SIGNS_PER_SILENCE);
  }

  /** The silence after which a rank that is to be told of the end is not waited for any longer. */
  long graceMillis() {
    return 2 * intervalMillis();
  }
}
