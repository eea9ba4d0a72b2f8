package dev.fovea.bench;

import dev.fovea.collective.ring.RingAddress;
import dev.fovea.collective.ring.RingListener;
import dev.fovea.collective.ring.WireFormat;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A side of {@link CompareSums}: two processes that sum. The first serves turns and starts the
 * second, which is told through sums what to do.
 *
 * <p>Arguments: library ({@code ring-f32}, {@code ring-bf16}, {@code gloo}), {@code turns} or a
 * fault ({@code KILL}, {@code STOP}). The second process also gets where the first one is.
 */
public final class SummingSide {
  /** Counts and lengths travel as 32-bit floats; lengths are multiples of this. */
  static final int UNIT = 1000;

  private static final int ORDER = 2;

  private SummingSide() {}

  /** Runs a side. */
  public static void main(String[] arguments) throws IOException {
    String library = arguments[0];
    String work = arguments[1];
    Duration deadline = Duration.ofSeconds(work.equals("turns") ? 600 : 5);
    if (arguments.length > 2) {
      follow(second(library, arguments[2], deadline));
      return;
    }
    Started started = first(library, work, deadline);
    try {
      if (work.equals("turns")) {
        lead(started.sums);
      } else {
        disturb(started, work);
      }
    } finally {
      // Stopped or waiting for sums that never come.
      started.other.destroyForcibly();
    }
  }

  private record Started(Summing sums, Process other) {}

  private static Started first(String library, String work, Duration deadline) throws IOException {
    if (library.equals("gloo")) {
      Path store = Files.createTempFile("fovea-bench", ".store");
      Files.delete(store);
      Process other = start(library, work, store.toString());
      return new Started(new Summing.OfGloo(store.toString(), 0, deadline), other);
    }
    RingListener listener = RingListener.open(new RingAddress("127.0.0.1", 0));
    Process other = start(library, work, listener.address().toString());
    BufferedReader output =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8));
    String line = output.readLine();
    if (line == null) {
      throw new BenchException(
          "the second process of "
              + library
              + " ended before it told its port; its output is above");
    }
    RingAddress second = RingAddress.parse(line);
    List<RingAddress> ranks = List.of(listener.address(), second);
    return new Started(new Summing.OfRing(listener, ranks, 0, wire(library), deadline), other);
  }

  private static Summing second(String library, String first, Duration deadline) {
    if (library.equals("gloo")) {
      return new Summing.OfGloo(first, 1, deadline);
    }
    RingListener listener = RingListener.open(new RingAddress("127.0.0.1", 0));
    System.out.println(listener.address());
    List<RingAddress> ranks = List.of(RingAddress.parse(first), listener.address());
    return new Summing.OfRing(listener, ranks, 1, wire(library), deadline);
  }

  private static WireFormat wire(String library) {
    return library.equals("ring-bf16") ? WireFormat.BF16 : WireFormat.F32;
  }

  private static Process start(String library, String work, String first) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx512m",
                "-XX:MaxDirectMemorySize=1g",
                "-cp",
                System.getProperty("java.class.path"),
                SummingSide.class.getName(),
                library,
                work,
                first));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void lead(Summing sums) throws IOException {
    int[] length = {UNIT};
    Turns.serve(
        new Turns.Work() {
          @Override
          public void steps(int count) {
            order(sums, count, length[0]);
            for (int i = 0; i < count; i++) {
              sums.sum(length[0]);
            }
          }

          @Override
          public void on(String kind) {
            length[0] = Integer.parseInt(kind);
          }
        });
    order(sums, 0, 0);
    sums.close();
  }

  private static void order(Summing sums, int count, int length) {
    FloatBuffer order = sums.values(ORDER);
    order.put(0, count).put(1, (float) (length / UNIT));
    sums.sum(ORDER);
  }

  private static void follow(Summing sums) {
    while (true) {
      FloatBuffer order = sums.values(ORDER);
      order.put(0, 0).put(1, 0);
      sums.sum(ORDER);
      int count = (int) order.get(0);
      if (count == 0) {
        sums.close();
        return;
      }
      for (int i = 0; i < count; i++) {
        sums.sum((int) order.get(1) * UNIT);
      }
    }
  }

  /** Kills or stops the second process amid sums, and prints what the first one makes of it. */
  private static void disturb(Started started, String signal) throws IOException {
    order(started.sums, UNIT * UNIT, UNIT * UNIT);
    long begin = System.nanoTime();
    long struck = 0;
    try {
      while (true) {
        if (struck == 0 && System.nanoTime() - begin > 2_000_000_000L) {
          struck = System.nanoTime();
          new ProcessBuilder("kill", "-" + signal, Long.toString(started.other.pid())).start();
        }
        started.sums.sum(UNIT * UNIT);
      }
    } catch (RuntimeException e) {
      if (struck == 0) {
        throw e;
      }
      System.out.printf(
          Locale.ROOT,
          "%.1f s after kill -%s: %s: %s%n",
          (System.nanoTime() - struck) / 1e9,
          signal,
          e.getClass().getSimpleName(),
          e.getMessage());
    }
  }
}
