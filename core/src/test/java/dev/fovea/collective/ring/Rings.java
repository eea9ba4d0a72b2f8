package dev.fovea.collective.ring;

import dev.fovea.collective.CollectiveException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Rings whose ranks are threads of this process, over loopback. */
final class Rings {
  static final RingSecret SECRET =
      RingSecret.of("0123456789abcdef0123456789abcdef", "the tests' secret");
  static final RingTrust TRUST = RingTrust.of(SECRET, "the same settings");
  static final RingAddress LOOPBACK = new RingAddress("127.0.0.1", 0);
  static final RingDeadlines DEADLINES =
      new RingDeadlines(
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofMillis(500));

  private Rings() {}

  static List<RingListener> listeners(int size) {
    List<RingListener> all = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      all.add(RingListener.open(LOOPBACK));
    }
    return all;
  }

  static List<RingAddress> addresses(List<RingListener> listeners) {
    return listeners.stream().map(RingListener::address).toList();
  }

  /** What each rank does with its ring; the rings are closed afterwards. */
  static <T> List<T> run(int size, WireFormat wire, Function<Ring, T> work) {
    return results(attempt(size, wire, DEADLINES, work));
  }

  /** The same, with what each rank returned or threw. */
  static <T> List<Future<T>> attempt(
      int size, WireFormat wire, RingDeadlines deadlines, Function<Ring, T> work) {
    List<RingListener> listeners = listeners(size);
    List<RingAddress> addresses = addresses(listeners);
    return together(
        size,
        rank -> {
          try (Ring ring =
              Ring.join(listeners.get(rank), addresses, rank, TRUST, wire, deadlines, line -> {})) {
            return work.apply(ring);
          }
        });
  }

  /** Runs a task per rank, all at once, and waits for all. */
  static <T> List<Future<T>> together(int size, Function<Integer, T> task) {
    ExecutorService threads = Executors.newFixedThreadPool(size);
    try {
      List<Future<T>> all = new ArrayList<>();
      for (int rank = 0; rank < size; rank++) {
        int number = rank;
        all.add(threads.submit(() -> task.apply(number)));
      }
      all.forEach(Rings::await);
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void await(Future<?> future) {
    try {
      future.get();
    } catch (ExecutionException e) {
      // Whoever asks for the result is told.
      return;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static <T> List<T> results(List<Future<T>> futures) {
    List<T> results = new ArrayList<>();
    for (Future<T> future : futures) {
      try {
        results.add(future.get());
      } catch (ExecutionException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return results;
  }

  /** The message of the {@link CollectiveException} that a rank threw. */
  static String failure(Future<?> future) {
    try {
      return "no failure but " + future.get();
    } catch (ExecutionException e) {
      return e.getCause() instanceof CollectiveException
          ? String.valueOf(e.getCause().getMessage())
          : "another failure: " + e.getCause();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A log that several threads write. */
  static List<String> log() {
    return new CopyOnWriteArrayList<>();
  }
}
