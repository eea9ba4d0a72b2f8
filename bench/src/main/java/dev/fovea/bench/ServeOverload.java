package dev.fovea.bench;

import dev.fovea.bench.load.ClosedLoop;
import dev.fovea.bench.load.LinuxProcess;
import dev.fovea.bench.load.MemoryWatch;
import dev.fovea.bench.load.OpenLoop;
import dev.fovea.bench.load.Question;
import dev.fovea.bench.load.Questions;
import dev.fovea.bench.load.Recovery;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.bench.load.Tally;
import dev.fovea.bench.load.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/serve overload}. */
@Command(
    name = "overload",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "More requests than the server can answer, at a constant rate: latency of those that it"
            + " accepts, time to 503, memory, and the time until it is as fast as before.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class ServeOverload implements Callable<Integer> {
  @Mixin private ServeOptions options;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "60",
      description = "length of the overload (default 60)")
  private int seconds;

  @Option(
      names = "--factor",
      paramLabel = "F",
      defaultValue = "3",
      description = "times the capacity (default 3)")
  private double factor;

  @Option(
      names = "--before",
      paramLabel = "S",
      defaultValue = "6",
      description = "length of each measurement before the overload (default 6)")
  private int before;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "200",
      description = "requests of the overload that may be under way at once (default 200)")
  private int connections;

  @Override
  public Integer call() {
    try (NetworkFolder folder = new NetworkFolder()) {
      Path model = options.model(folder);
      try (ServedProcess served = options.serve(model)) {
        List<Question> questions =
            Questions.of(
                served.port(), options.asked(served), Questions.Form.CLASSIFY, options.images());
        Tally all = measure(served, questions);
        return all.isClean() ? 0 : 1;
      }
    }
  }

  private Tally measure(ServedProcess served, List<Question> questions) {
    Target target = served.target();
    Duration brief = Duration.ofSeconds(before);
    // Compiles the server and takes its memory, so that growth under overload is growth.
    Tally all = ClosedLoop.during(target, 4 * options.batch, questions, brief);
    Tally alone = ClosedLoop.during(target, 1, questions, brief);
    Tally full = ClosedLoop.during(target, 2 * options.batch, questions, brief);
    double capacity = (double) full.right().count() / before;
    Tally half = new OpenLoop(target, capacity / 2, connections, questions).during(brief);
    LinuxProcess process = served.figures();
    long ticks = process.ticks();
    double generator = Figures.ownCpuSeconds();
    List<Long> memory;
    Tally over;
    try (MemoryWatch watch = new MemoryWatch(process)) {
      over =
          new OpenLoop(target, factor * capacity, connections, questions)
              .during(Duration.ofSeconds(seconds));
      memory = watch.bytes();
    }
    generator = Figures.ownCpuSeconds() - generator;
    double server = (process.ticks() - ticks) / 100.0;
    Recovery recovery = Recovery.watch(target, questions, alone.right().millis(1));
    new Figures("overload")
        .text("network", options.network)
        .text("precision", options.precision)
        .number("batch", options.batch)
        .text("flags", String.join(" ", options.flags))
        .number("capacity_ips", capacity)
        .number("factor", factor)
        .number("seconds", seconds)
        .latencies("alone", alone.right())
        .latencies("half", half.right())
        .latencies("full", full.right())
        .latencies("accepted", over.right())
        .number("p99_over_alone", over.right().millis(0.99) / alone.right().millis(0.99))
        .number("p99_over_half", over.right().millis(0.99) / half.right().millis(0.99))
        .number("accepted_ips", (double) over.right().count() / seconds)
        .latencies("refused", over.refused())
        .number("refused_above_50_ms", over.refused().above(50))
        .number("late_p99_ms", over.late().millis(0.99))
        .mebibytes("rss_first_mib", memory.get(0))
        .mebibytes("rss_middle_mib", memory.get(memory.size() / 2))
        .mebibytes("rss_last_mib", memory.get(memory.size() - 1))
        .mebibytes("rss_peak_mib", process.peakResident())
        .number("recovered_after_ms", recovery.millis())
        .number("refused_afterwards", recovery.refused())
        .number("generator_cpu_percent", 100 * generator / (generator + server))
        .faults(over)
        .print(options.json);
    all.addAll(alone);
    all.addAll(full);
    all.addAll(half);
    all.addAll(over);
    return all;
  }
}
