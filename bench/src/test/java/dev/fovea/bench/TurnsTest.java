package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {

  /** The process that the tests start. */
  static final class Nothing {
    private Nothing() {}

    public static void main(String[] args) throws IOException {
      System.out.println("a native library's banner");
      Turns.serve(count -> {});
    }
  }

  /** A process that ends before it is ready. */
  static final class Broken {
    private Broken() {}

    public static void main(String[] args) {
      System.exit(3);
    }
  }

  @Test
  void aSideRunsAsManyStepsAsItIsTold() throws IOException {
    List<Integer> told = new ArrayList<>();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Turns.serve(told::add, new StringReader("go 3\ngo 1\nend\ngo 9\n"), new PrintStream(out));
    assertThat(told).containsExactly(3, 1);
    String[] lines = out.toString(StandardCharsets.UTF_8).split("\n");
    assertThat(lines[0]).isEqualTo("ready " + ProcessHandle.current().pid());
    assertThat(lines).hasSize(3).filteredOn(line -> line.startsWith("seconds ")).hasSize(2);
  }

  @Test
  void anUnknownOrderIsRefused() {
    assertThatThrownBy(
            () ->
                Turns.serve(
                    count -> {},
                    new StringReader("stop\n"),
                    new PrintStream(new ByteArrayOutputStream())))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("expected 'go K' or 'end'");
  }

  /** The process of a side whose steps are slow or not. */
  static final class TwoKinds {
    private TwoKinds() {}

    public static void main(String[] args) throws IOException {
      Turns.serve(
          new Turns.Work() {
            private String kind = "none";

            @Override
            public void on(String other) {
              kind = other;
            }

            @Override
            public void steps(int count) {
              if (kind.equals("slow")) {
                try {
                  Thread.sleep(200L * count);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
            }
          });
    }
  }

  @Test
  void aSideWithOneKindOfStepsRefusesAnother() {
    assertThatThrownBy(
            () ->
                Turns.serve(
                    count -> {},
                    new StringReader("on slow\n"),
                    new PrintStream(new ByteArrayOutputStream())))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("'on slow', but it has one kind of steps");
  }

  @Test
  void theKindsOfStepsOfOneProcessTakeTurns() {
    try (SideProcess process = SideProcess.start("two", command(TwoKinds.class), Map.of())) {
      Side slow = process.on("slow");
      Side fast = process.on("fast");
      assertThat(slow.run(2)).isGreaterThanOrEqualTo(0.4);
      assertThat(fast.run(2)).isLessThan(0.4);
      assertThat(slow.run(2)).isGreaterThanOrEqualTo(0.4);
    }
  }

  @Test
  void aProcessTakesTurnsRestsAndTellsItsPeakMemory() {
    try (Side side = SideProcess.start("nothing", command(Nothing.class), Map.of())) {
      assertThat(side.run(2)).isBetween(0.0, 60.0);
      side.rest();
      assertThat(side.peakResident()).isGreaterThan(8L << 20);
    }
  }

  @Test
  void aProcessThatEndsEarlyIsNamedWithItsExitCode() {
    assertThatThrownBy(() -> SideProcess.start("broken", command(Broken.class), Map.of()))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("broken ended without 'ready '")
        .hasMessageContaining("exit code 3");
  }

  private static List<String> command(Class<?> main) {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "-Xmx32m",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        main.getName());
  }
}
