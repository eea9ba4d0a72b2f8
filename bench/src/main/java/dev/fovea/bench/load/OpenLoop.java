package dev.fovea.bench.load;

import dev.fovea.bench.BenchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests at a constant rate, whatever the server does. A latency counts from the moment at which
 * the request should have been sent, so that a server that stops answering cannot hide the wait of
 * those who come meanwhile.
 *
 * @param rate requests per second
 * @param connections how many may be under way at once; if all are, requests are late, and their
 *     latency says so
 */
public record OpenLoop(Target target, double rate, int connections, List<Question> questions) {

  /** Asks for this time and waits for the last answer. */
  public Tally during(Duration time) {
    Tally tally = new Tally();
    AtomicLong next = new AtomicLong();
    long count = Math.round(rate * time.toNanos() / 1e9);
    // All threads are there when the first request is due.
    long start = System.nanoTime() + 50_000_000L;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Thread thread =
          new Thread(
              null, () -> work(tally, next, count, start), "open-loop-" + i, 128 * 1024);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
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

  private void work(Tally tally, AtomicLong next, long count, long start) {
    try (Client client = new Client(target, tally)) {
      for (long i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        long due = start + Math.round(i * 1e9 / rate);
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        tally.late(System.nanoTime() - due);
        int unused = client.ask(questions.get((int) (i % questions.size())), due);
      }
    }
  }
}
