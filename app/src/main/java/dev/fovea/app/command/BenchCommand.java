package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ShapeJson;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.machine.Machine;
import dev.fovea.app.option.EngineOptions;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.app.option.Positive;
import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Optimization;
import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea bench}: measures training or inference speed on this machine. */
@Command(
    name = "bench",
    header = "Measures training or inference speed on synthetic images in memory.",
    description = {
      "",
      "A training step is the forward pass, the backward pass and the weight update. Reports the"
          + " median over all steps; --verbose also lists every instruction with its implementation"
          + " and its share of the time, and sums it up for each algorithm of convolution."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class BenchCommand implements Runnable {
  /** What is measured. */
  enum What {
    /** Forward, backward, update. */
    train,
    /** Forward with folded batch norms. */
    infer
  }

  private final Terminal terminal;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Parameters(paramLabel = "train|infer", description = "What to measure.")
  private What what = What.train;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME",
      description = "The network; see 'fovea models'.")
  private String model = "";

  @Option(names = "--batch", required = true, paramLabel = "N", description = "Images per step.")
  private int batch;

  @Option(names = "--input", paramLabel = "N", description = "Height and width of the images.")
  private @Nullable Integer input;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long to measure (default: ${DEFAULT-VALUE}).")
  private double seconds = 10;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Measures this number of steps instead.")
  private @Nullable Integer steps;

  @Option(
      names = "--without",
      paramLabel = "OPTIMIZATION",
      split = ",",
      description =
          "Disables optimizations, to measure their gain: fuse-relu, concat-in-place, hoist-norms,"
              + " add-gradients.")
  private List<String> without = new ArrayList<>();

  @Mixin(name = "Engine")
  private EngineOptions engine = new EngineOptions();

  public BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    Positive.check("--batch", batch);
    Positive.check("--input", input);
    Positive.check("--steps", steps);
    if (!(seconds > 0 && seconds < 1e6)) {
      throw new UsageException("--seconds is " + seconds + "; it must be above 0");
    }
    Graph graph = NamedNetwork.of(model).graph(null, input);
    Backend backend = engine.backend();
    CompileOptions options = engine.options(batch, backend);
    for (String label : without) {
      options = options.without(optimization(label));
    }
    terminal.note(
        "measuring "
            + what
            + " of "
            + graph.title()
            + ", input "
            + graph.inputShape()
            + ", batch "
            + batch
            + ", "
            + engine.explanation(backend)
            + ", "
            + Decimals.count(options.threads(), "thread"));
    Benchmark.Limit limit =
        new Benchmark.Limit(
            steps == null ? Integer.MAX_VALUE : steps, steps == null ? seconds : 1e9);
    Benchmark benchmark = new Benchmark(options, limit, common.verbose);
    Benchmark.Result result =
        what == What.train
            ? benchmark.training(graph, backend)
            : benchmark.inference(graph, backend);
    result.profile().ifPresent(p -> show(new ProfileText(result.report(), p)));
    if (common.json) {
      terminal.result(json(graph, options, result));
    } else {
      print(result);
    }
  }

  private static Optimization optimization(String label) {
    return Optimization.of(label)
        .orElseThrow(
            () ->
                new UsageException(
                    "--without "
                        + label
                        + " is unknown; expected one of "
                        + Arrays.stream(Optimization.values())
                            .map(Optimization::label)
                            .collect(Collectors.joining(", "))));
  }

  private void print(Benchmark.Result r) {
    Table table = new Table("measure", "value");
    table
        .row("images per second", Human.digits(batch / r.median()))
        .row("median step", Human.digits(1000 * r.median()) + " ms")
        .row("fastest step", Human.digits(1000 * r.fastest()) + " ms")
        .row("90 % of steps within", Human.digits(1000 * r.ninetieth()) + " ms")
        .row("steps measured", String.valueOf(r.steps()))
        .row("compile time", Human.digits(r.compileSeconds()) + " s")
        .row("activations and workspace", Human.bytes(r.report().arenaBytes()))
        .row("parameters", Human.bytes(r.report().parameterBytes()))
        .row(
            "peak memory of the process",
            new Machine(Path.of("/")).peakMemory().isPresent()
                ? Human.bytes(new Machine(Path.of("/")).peakMemory().getAsLong())
                : "unknown");
    terminal.resultText(table);
  }

  private void show(ProfileText profile) {
    terminal.draw(profile.primitives());
    profile.implementations().forEach(terminal::note);
    terminal.draw(profile.algorithms());
  }

  private Json json(Graph graph, CompileOptions options, Benchmark.Result r) {
    var peak = new Machine(Path.of("/")).peakMemory();
    return new Json()
        .put("what", what.name())
        .put("model", graph.name())
        .put("input", ShapeJson.list(graph.inputShape()))
        .put("batch", batch)
        .put("precision", options.precision().label())
        .put("convolution", options.convolution().label())
        .put("memory", options.memory().name().toLowerCase(java.util.Locale.ROOT))
        .put("threads", options.threads())
        .put("backend", r.report().backend())
        .put("images_per_second", batch / r.median())
        .put("median_seconds", r.median())
        .put("fastest_seconds", r.fastest())
        .put("p90_seconds", r.ninetieth())
        .put("steps", r.steps())
        .put("compile_seconds", r.compileSeconds())
        .put("arena_bytes", r.report().arenaBytes())
        .put("parameter_bytes", r.report().parameterBytes())
        .put("peak_rss_bytes", peak.isPresent() ? (Long) peak.getAsLong() : null);
  }
}
