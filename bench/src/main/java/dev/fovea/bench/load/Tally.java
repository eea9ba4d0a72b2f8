package dev.fovea.bench.load;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What became of all requests of a load. Safe for any number of threads.
 *
 * <p>{@link #right} holds the latencies of right answers, {@link #refused} those of 503. What is in
 * neither is a fault of the server, unless it was told to stop.
 */
public final class Tally {
  private static final int FEW = 5;

  private final Latencies right = new Latencies();
  private final Latencies refused = new Latencies();
  private final Latencies late = new Latencies();
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private final Set<String> remarks = new TreeSet<>();
  private int wrong;
  private int withoutRetryAfter;
  private int unanswered;
  private int cut;
  private int notConnected;

  /** Nothing yet. */
  public Tally() {}

  synchronized void answered(Question question, Answer answer, long nanos) {
    statuses.merge(answer.status(), 1, Integer::sum);
    if (question.isAnsweredBy(answer)) {
      right.add(nanos);
    } else if (answer.status() == 503) {
      refused.add(nanos);
      withoutRetryAfter += answer.retryAfter() ? 0 : 1;
    } else {
      wrong++;
      String text = answer.head() >= 0 ? "a binary tensor" : answer.text();
      remark(
          question.name()
              + ": "
              + answer.status()
              + " "
              + text.substring(0, Math.min(200, text.length())));
    }
  }

  synchronized void late(long nanos) {
    late.add(nanos);
  }

  synchronized void unanswered(String reason) {
    unanswered++;
    remark("no answer: " + reason);
  }

  synchronized void cut(String reason) {
    cut++;
    remark("a part of an answer: " + reason);
  }

  synchronized void notConnected() {
    notConnected++;
  }

  private void remark(String text) {
    if (remarks.size() < FEW) {
      remarks.add(text);
    }
  }

  /** Adds what another one counted. */
  public synchronized void addAll(Tally more) {
    right.addAll(more.right);
    refused.addAll(more.refused);
    late.addAll(more.late);
    more.statuses.forEach((status, n) -> statuses.merge(status, n, Integer::sum));
    more.remarks.forEach(this::remark);
    wrong += more.wrong;
    withoutRetryAfter += more.withoutRetryAfter;
    unanswered += more.unanswered;
    cut += more.cut;
    notConnected += more.notConnected;
  }

  /** From the intended moment of sending to the end of a right answer. */
  public synchronized Latencies right() {
    return right;
  }

  /** From the intended moment of sending to the end of a 503. */
  public synchronized Latencies refused() {
    return refused;
  }

  /** How much later than intended requests were sent. */
  public synchronized Latencies late() {
    return late;
  }

  /** How often each status was answered. */
  public synchronized Map<Integer, Integer> statuses() {
    return new TreeMap<>(statuses);
  }

  /** Answers that are neither right nor 503. */
  public synchronized int wrong() {
    return wrong;
  }

  /** 503 without {@code Retry-After}. */
  public synchronized int withoutRetryAfter() {
    return withoutRetryAfter;
  }

  /** Requests on a connection that the server closed without an answer. */
  public synchronized int unanswered() {
    return unanswered;
  }

  /** Answers of which a part came. */
  public synchronized int cut() {
    return cut;
  }

  /** Connections that could not be opened, or were opened and closed while the server stopped. */
  public synchronized int connectionsRefused() {
    return notConnected;
  }

  /** What the first faults were. */
  public synchronized Set<String> remarks() {
    return new TreeSet<>(remarks);
  }

  /** Whether every answer was right or 503 with {@code Retry-After}, and none is missing. */
  public synchronized boolean isClean() {
    return wrong + withoutRetryAfter + unanswered + cut == 0;
  }
}
