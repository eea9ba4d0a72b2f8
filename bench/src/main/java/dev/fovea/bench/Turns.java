package dev.fovea.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/**
 * The protocol of a side, inside its process: lines of text on standard input and output.
 *
 * <pre>
 * side:   ready PID
 * driver: on KIND         the steps that follow are of this kind, if the side has several
 * driver: go K            run K steps
 * side:   seconds S       wall time of the steps
 * driver: end             the process ends
 * </pre>
 *
 * Between turns the process blocks on input. The driver ignores other lines, which native libraries
 * may print.
 */
public final class Turns {

  /** The steps that a side runs. */
  public interface Work {
    /** Runs {@code count} steps and returns when the last one has finished. */
    void steps(int count);

    /** Chooses the kind of the steps that follow. */
    default void on(String kind) {
      throw new BenchException(
          "a side received 'on " + kind + "', but it has one kind of steps; expected 'go K'");
    }
  }

  private Turns() {}

  /** Serves turns on standard input and output until the driver sends {@code end} or exits. */
  public static void serve(Work work) throws IOException {
    serve(work, new InputStreamReader(System.in, StandardCharsets.UTF_8), System.out);
  }

  static void serve(Work work, Reader in, PrintStream out) throws IOException {
    out.println("ready " + ProcessHandle.current().pid());
    out.flush();
    BufferedReader lines = new BufferedReader(in);
    for (String line = lines.readLine();
        line != null && !line.equals("end");
        line = lines.readLine()) {
      if (line.startsWith("on ")) {
        work.on(line.substring(3));
        continue;
      }
      if (!line.startsWith("go ")) {
        throw new BenchException(
            "a side received '"
                + line
                + "', expected 'go K' or 'end'; driver and side do not match");
      }
      int count = Integer.parseInt(line.substring(3));
      long start = System.nanoTime();
      work.steps(count);
      out.println("seconds " + (System.nanoTime() - start) / 1e9);
      out.flush();
    }
  }
}
