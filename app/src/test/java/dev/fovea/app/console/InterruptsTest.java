package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals to a process of its own that hangs, as in a read from a dead file system. */
class InterruptsTest {
  /** A command that never stops by itself; with {@code stops} one that does when it is asked to. */
  static final class Hanging {
    private Hanging() {}

    /** Says when signals are handled, and hangs. */
    public static void main(String[] args) throws InterruptedException {
      CountDownLatch asked = new CountDownLatch(1);
      Interrupts interrupts = new Interrupts(asked::countDown, Duration.ofMillis(300));
      try (interrupts) {
        System.out.println("ready");
        System.out.flush();
        asked.await();
        if (args[0].equals("hangs")) {
          Thread.sleep(60_000);
        }
      }
      System.exit(interrupts.exitCode());
    }
  }

  private static int exitCode(String signal, String kind) throws IOException, InterruptedException {
    // A test that runs in the background of a script inherits an ignored SIGINT.
    Process p =
        new ProcessBuilder(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Hanging.class.getName(),
                kind)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(p.getInputStream().read()).isEqualTo('r');
      new ProcessBuilder("kill", "-" + signal, String.valueOf(p.pid())).start().waitFor();
      assertThat(p.waitFor(30, TimeUnit.SECONDS)).as("ended by SIG" + signal).isTrue();
      return p.exitValue();
    } finally {
      p.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, hangs, 143", "INT, hangs, 130", "TERM, stops, 143", "INT, stops, 130"})
  void aSignalEndsWhatHangsAfterTheGracePeriod(String signal, String kind, int code)
      throws Exception {
    assertThat(exitCode(signal, kind)).isEqualTo(code);
  }
}
