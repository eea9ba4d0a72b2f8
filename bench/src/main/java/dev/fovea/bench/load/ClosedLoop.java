package dev.fovea.bench.load;

import dev.fovea.bench.BenchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A number of connections, each of which asks the next question when the last one is answered.
 *
 * <p>Starts when it is made. A server that refuses is asked again after a pause, as a client should
 * do.
 */
public final class ClosedLoop implements AutoCloseable {
  private static final long PAUSE_MILLIS = 20;
  private static final long LONGEST_SECONDS = 600;

  private final Target target;
  private final List<Question> questions;
  private final int most;
  private final Tally tally = new Tally();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicLong firstNanos = new AtomicLong();
  private final AtomicLong lastNanos = new AtomicLong();
  private final CountDownLatch done;
  private final List<Thread> threads = new ArrayList<>();
  private final int skipped;
  private volatile boolean ends;

  private ClosedLoop(
      Target target, int connections, List<Question> questions, int skipped, int most) {
    this.target = target;
    this.questions = questions;
    this.skipped = skipped;
    this.most = most;
    this.done = new CountDownLatch(1);
    for (int i = 0; i < connections; i++) {
      Thread thread = new Thread(null, this::work, "closed-loop-" + i, 128 * 1024);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /** Asks until {@link #stop}. */
  public static ClosedLoop endless(Target target, int connections, List<Question> questions) {
    return new ClosedLoop(target, connections, questions, 0, Integer.MAX_VALUE);
  }

  /** Asks for a while. */
  public static Tally during(
      Target target, int connections, List<Question> questions, Duration time) {
    try (ClosedLoop loop = endless(target, connections, questions)) {
      Thread.sleep(time.toMillis());
      return loop.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted under load", e);
    }
  }

  /**
   * Asks as many questions; fails the call if they take longer than ten minutes.
   *
   * @throws BenchException after that time
   */
  public static Tally of(Target target, int connections, List<Question> questions, int count) {
    try (ClosedLoop loop = new ClosedLoop(target, connections, questions, 0, count)) {
      loop.await();
      return loop.stop();
    }
  }

  /**
   * Measures how long so many answers take when the server is busy before and after: the time from
   * the answer with number {@code skipped} to the one {@code count} later.
   *
   * @param tally takes what was counted
   * @return seconds
   */
  public static double seconds(
      Target target,
      int connections,
      List<Question> questions,
      int skipped,
      int count,
      Tally tally) {
    try (ClosedLoop loop =
        new ClosedLoop(target, connections, questions, skipped, skipped + count)) {
      loop.await();
      tally.addAll(loop.stop());
      return (loop.lastNanos.get() - loop.firstNanos.get()) / 1e9;
    }
  }

  private void work() {
    try (Client client = new Client(target, tally)) {
      while (!ends) {
        Question question = questions.get(Math.floorMod(next.getAndIncrement(), questions.size()));
        int status = client.ask(question, System.nanoTime());
        if (status == question.status()) {
          count();
        } else if (status == 503 || status == 0) {
          Thread.sleep(PAUSE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void count() {
    int number = answered.incrementAndGet();
    if (number == Math.max(1, skipped)) {
      firstNanos.set(System.nanoTime());
    }
    if (number == most) {
      lastNanos.set(System.nanoTime());
      done.countDown();
      ends = true;
    }
  }

  private void await() {
    try {
      if (!done.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        throw new BenchException(
            "the server gave "
                + answered
                + " of "
                + most
                + " right answers in "
                + LONGEST_SECONDS
                + " s; statuses: "
                + tally.statuses()
                + " "
                + tally.remarks());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted under load", e);
    }
  }

  /** Right answers so far. */
  public int answered() {
    return answered.get();
  }

  /** Lets every connection have its last answer; returns what was counted. */
  public Tally stop() {
    ends = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BenchException("interrupted under load", e);
      }
    }
    return tally;
  }

  @Override
  public void close() {
    ends = true;
  }
}
