package dev.fovea.collective.ring;

import java.time.Duration;

/**
 * How long a ring waits.
 *
 * @param connect until every rank has joined
 * @param silence until a rank whose process gives no sign of life counts as dead; a rank that is
 *     slow goes on giving them
 * @param operation until an operation is complete on this rank, from its own begin
 */
public record RingDeadlines(Duration connect, Duration silence, Duration operation) {
  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofDays(7);

  /** Five minutes to join, ten seconds of silence, a minute for an operation. */
  public static final RingDeadlines NORMAL =
      new RingDeadlines(Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofMinutes(1));

  /** Checks that each is between a tenth of a second and a week. */
  public RingDeadlines {
    check("connect", connect);
    check("silence", silence);
    check("operation", operation);
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
}
