package dev.fovea.bench;

import dev.fovea.bench.load.Answer;
import dev.fovea.bench.load.ClosedLoop;
import dev.fovea.bench.load.Connection;
import dev.fovea.bench.load.Question;
import dev.fovea.bench.load.Questions;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.bench.load.Tally;
import dev.fovea.bench.load.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/serve drain}. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "SIGTERM under load, several times: what became of the requests that were under way.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class ServeDrain implements Callable<Integer> {
  private static final long READY_MILLIS = 5;

  @Mixin private ServeOptions options;

  @Option(
      names = "--rounds",
      paramLabel = "R",
      defaultValue = "5",
      description = "how often a server is started and told to stop (default 5)")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "load before the signal (default 2)")
  private double seconds;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "16",
      description = "connections that ask at once (default 16)")
  private int connections;

  @Override
  public Integer call() {
    List<byte[]> images = options.images();
    boolean clean = true;
    try (NetworkFolder folder = new NetworkFolder()) {
      Path model = options.model(folder);
      for (int round = 0; round < rounds; round++) {
        try (ServedProcess served = options.serve(model)) {
          List<Question> questions =
              Questions.of(
                  served.port(), options.asked(served), Questions.Form.CLASSIFY, images);
          clean &= round(served, questions);
        }
      }
    }
    return clean ? 0 : 1;
  }

  private boolean round(ServedProcess served, List<Question> questions) {
    Target target = served.target();
    try (ClosedLoop loop = ClosedLoop.endless(target, connections, questions);
        Connection probe = new Connection(served.port())) {
      sleep(Math.round(1000 * seconds));
      int before = loop.answered();
      long signal = System.nanoTime();
      target.stops();
      served.terminate();
      double unready = untilUnready(probe, signal);
      int code = served.awaitEnd();
      double ended = (System.nanoTime() - signal) / 1e6;
      Tally tally = loop.stop();
      new Figures("drain")
          .text("network", options.network)
          .text("precision", options.precision)
          .number("connections", connections)
          .number("right_before_signal", before)
          .number("right_after_signal", tally.right().count() - before)
          .number("refused_503", tally.refused().count())
          .number("connections_refused", tally.connectionsRefused())
          .number("unready_after_ms", unready)
          .number("ended_after_ms", ended)
          .number("exit_code", code)
          .faults(tally)
          .print(options.json);
      return tally.isClean() && (code == 143 || code == 0);
    } catch (IOException e) {
      throw new BenchException("the server does not answer: " + e.getMessage(), e);
    }
  }

  /** When the server first said that it takes no more; NaN if it never did. */
  private static double untilUnready(Connection probe, long signal) {
    try {
      while (true) {
        Answer answer = probe.ask(Question.get("/v2/health/ready"));
        if (answer.status() == 503) {
          return (System.nanoTime() - signal) / 1e6;
        }
        if (answer.closes()) {
          return Double.NaN;
        }
        sleep(READY_MILLIS);
      }
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted under load", e);
    }
  }
}
