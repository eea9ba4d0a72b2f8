package dev.fovea.collective.ring;

import dev.fovea.collective.CollectiveException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A rank as a process of its own: joins, makes sums, and prints {@code joined}, {@code step N},
 * {@code done HASH} or {@code failed MESSAGE}. The secret comes from the environment.
 */
final class RingProcess {
  static final String SECRET = "RING_SECRET";

  /**
   * What a process is told.
   *
   * @param bind where it listens
   * @param millis the deadlines: connect, silence, operation
   */
  record Task(
      int rank,
      RingAddress bind,
      List<RingAddress> ranks,
      String agreement,
      int values,
      int steps,
      List<Long> millis) {
    List<String> arguments() {
      return List.of(
          Integer.toString(rank),
          bind.toString(),
          String.join(",", ranks.stream().map(RingAddress::toString).toList()),
          agreement,
          Integer.toString(values),
          Integer.toString(steps),
          String.join(",", millis.stream().map(String::valueOf).toList()));
    }

    static Task of(String[] arguments) {
      return new Task(
          Integer.parseInt(arguments[0]),
          RingAddress.parse(arguments[1]),
          RingAddress.parseAll(arguments[2]),
          arguments[3],
          Integer.parseInt(arguments[4]),
          Integer.parseInt(arguments[5]),
          Arrays.stream(arguments[6].split(",")).map(Long::valueOf).toList());
    }
  }

  private RingProcess() {}

  /** Runs the task that the arguments describe. */
  public static void main(String[] arguments) {
    endWithParent();
    try {
      run(Task.of(arguments));
    } catch (CollectiveException e) {
      System.out.println("failed " + e.getMessage());
      System.exit(1);
    }
  }

  /** The input ends when the tests are killed; the ranks that they have started must not go on. */
  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                System.in.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                System.out.println("input lost: " + e);
              }
              Runtime.getRuntime().halt(2);
            },
            "input");
    watch.setDaemon(true);
    watch.start();
  }

  private static void run(Task task) {
    RingDeadlines deadlines =
        new RingDeadlines(
            Duration.ofMillis(task.millis.get(0)),
            Duration.ofMillis(task.millis.get(1)),
            Duration.ofMillis(task.millis.get(2)));
    RingTrust trust =
        RingTrust.of(RingSecret.of(System.getenv(SECRET), "the environment"), task.agreement);
    try (Ring ring =
        Ring.join(
            RingListener.open(task.bind),
            task.ranks,
            task.rank,
            trust,
            WireFormat.F32,
            deadlines,
            line -> System.out.println("log " + line))) {
      System.out.println("joined");
      FloatBuffer values = FloatBuffer.allocate(task.values);
      for (int step = 1; step <= task.steps; step++) {
        for (int i = 0; i < task.values; i++) {
          values.put(i, values.get(i) / 3 + 1f / (i + task.rank + step));
        }
        ring.sum(values);
        System.out.println("step " + step);
      }
      System.out.println("done " + Arrays.hashCode(values.array()));
    }
  }
}
