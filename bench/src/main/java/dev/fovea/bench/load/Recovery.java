package dev.fovea.bench.load;

import java.util.List;

/**
 * How long a server needs after an overload until it answers as before.
 *
 * @param millis from the end of the overload to the moment from which on every request was answered
 *     rightly and no slower than {@code normal}; NaN if there is no such moment within the watch
 * @param refused answers with 503 meanwhile
 */
public record Recovery(double millis, int refused) {
  private static final double WATCHED_SECONDS = 5;

  /** The pause between two requests, so that the watch is no load of its own. */
  private static final long PAUSE_MILLIS = 10;

  /**
   * Asks one question after the other for five seconds.
   *
   * @param normal the longest latency in milliseconds without other requests
   */
  public static Recovery watch(Target target, List<Question> questions, double normal) {
    long start = System.nanoTime();
    Tally tally = new Tally();
    long lastBad = start;
    long now = start;
    try (Client client = new Client(target, tally)) {
      for (int i = 0; now - start < WATCHED_SECONDS * 1e9; i++) {
        Question question = questions.get(i % questions.size());
        long sent = System.nanoTime();
        int status = client.ask(question, sent);
        now = System.nanoTime();
        // A single slow answer among good ones is the machine's noise, unless it is slower by half.
        if (status != question.status() || (now - sent) / 1e6 > 1.5 * normal) {
          lastBad = now;
        }
        pause();
      }
    }
    boolean recovered = now - lastBad > 1e9;
    return new Recovery(
        recovered ? (lastBad - start) / 1e6 : Double.NaN, tally.refused().count());
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
