package dev.fovea.bench;

import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import dev.fovea.bench.python.PythonEnvironment;
import dev.fovea.program.ConvolutionAlgorithm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench/compare}: compares Fovea with its peers, one line for each. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs Fovea and its peers in turn in this call and prints one line per peer, and which of"
            + " them is the fastest.")
public final class Compare implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "train|infer",
      description = "a training step with update, or a forward pass")
  private String modeWord = "";

  @Parameters(
      index = "1",
      paramLabel = "MODEL",
      description = "name of a network, as listed by fovea models")
  private String model = "";

  @Parameters(index = "2", paramLabel = "BATCH", description = "images per step")
  private int batch;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description = "Fovea's precision, f32, bf16 or int8 (default: that of the peer)")
  private @Nullable String precision;

  @Option(
      names = "--rounds",
      paramLabel = "R",
      defaultValue = "7",
      description = "turns per side (default 7)")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "length of a turn (default 3)")
  private double seconds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads per side (default 2)")
  private int threads;

  @Option(
      names = "--peers",
      paramLabel = "NAME",
      split = ",",
      description = "only these peers, separated by commas")
  private @Nullable List<String> peers;

  @Option(
      names = "--untuned",
      description = "also measure each peer without the allocator settings")
  private boolean untuned;

  @Option(
      names = "--memory",
      paramLabel = "M",
      defaultValue = "normal",
      description = "Fovea's memory mode, normal or low")
  private String memory = "normal";

  @Option(
      names = "--convolution",
      paramLabel = "A",
      defaultValue = "auto",
      description = "how Fovea computes convolutions, auto, direct or fast")
  private String convolution = "auto";

  @Option(
      names = "--python",
      paramLabel = "DIR",
      description =
          "virtual environment of the peers in Python (default: $FOVEA_BENCH_PYTHON), see"
              + " bench/README.md")
  private @Nullable String python;

  @Option(names = "--peers-only", description = "measure the peers without Fovea")
  private boolean peersOnly;

  @Option(names = "--json", description = "one JSON object per line")
  private boolean json;

  /** Exit code: 0 for success, 1 for failure, 2 for wrong usage. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Compare());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (!(failure instanceof BenchException)) {
            throw failure;
          }
          command.getErr().println("compare: " + failure.getMessage());
          return 1;
        });
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() {
    Mode mode = mode();
    Network network = network();
    String algorithm = algorithm();
    List<Peer> selected = select(mode);
    Commands commands = new Commands(memory, threads, interpreter(selected));
    Map<String, List<Peer>> byPrecision = new LinkedHashMap<>();
    for (Peer peer : selected) {
      String own = precision == null ? peer.precision() : precision;
      byPrecision.computeIfAbsent(own, any -> new ArrayList<>()).add(peer);
    }
    if (!json) {
      System.out.println(Comparison.HEADING);
    }
    try (NetworkFiles files = new NetworkFiles(network, mode, batch, threads)) {
      byPrecision.forEach(
          (own, entrants) ->
              report(
                  entrants,
                  new Comparison.Run(network.name(), batch, mode, own, algorithm, rounds),
                  commands,
                  files));
    }
    return 0;
  }

  /** Runs one contest, Fovea in one precision and all of these peers, and prints its lines. */
  private void report(
      List<Peer> entrants, Comparison.Run run, Commands commands, NetworkFiles files) {
    try (Sides sides = new Sides()) {
      if (!peersOnly) {
        Peer.Form form =
            run.foveaPrecision().equals(Peer.INT8) ? Peer.Form.QUANTIZED : Peer.Form.NAME;
        List<String> command = commands.fovea(run, files.word(form));
        sides.start("fovea", command, Map.of("OMP_DYNAMIC", "false"));
      }
      for (Peer peer : entrants) {
        List<String> command = commands.peer(peer, run, files.word(peer.network()));
        sides.start(peer.name(), command, Peer.environment(true, threads));
        if (untuned) {
          sides.start(peer.name() + "-untuned", command, Peer.environment(false, threads));
        }
      }
      List<Comparison> lines = compare(sides.all(), run);
      lines.forEach(line -> System.out.println(json ? line.json() : line.row()));
      if (!json && lines.size() > 1) {
        lines.stream()
            .filter(Comparison::fastest)
            .forEach(line -> System.out.println(line.verdict()));
      }
    }
  }

  /** Lets the sides take turns; one line for each peer. Fovea is the first side, if it runs. */
  private List<Comparison> compare(List<Side> sides, Comparison.Run run) {
    Contest.Outcome outcome = new Contest(batch, rounds, seconds).among(sides);
    List<Comparison.Figures> figures = new ArrayList<>();
    for (int i = 0; i < sides.size(); i++) {
      figures.add(new Comparison.Figures(outcome.speed(i), sides.get(i).peakResident()));
    }
    int first = peersOnly ? 0 : 1;
    int fastest = outcome.fastest(first);
    return IntStream.range(first, sides.size())
        .mapToObj(
            i ->
                new Comparison(
                    sides.get(i).name(),
                    run,
                    peersOnly ? null : figures.get(0),
                    figures.get(i),
                    peersOnly ? null : outcome.ratio(0, i),
                    i == fastest))
        .toList();
  }

  private Mode mode() {
    try {
      return Mode.of(modeWord);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private Network network() {
    if (batch < 1 || rounds < 1 || threads < 1) {
      throw usage("BATCH, --rounds and --threads must be at least 1");
    }
    if (precision != null && !List.of("f32", "bf16", Peer.INT8).contains(precision)) {
      throw usage("there is no precision '" + precision + "'; expected f32, bf16 or int8");
    }
    if (Peer.INT8.equals(precision) && modeWord.equals(Mode.TRAIN.word())) {
      throw usage("networks in int8 do not train; expected infer, f32 or bf16");
    }
    return Networks.named(model)
        .orElseThrow(
            () ->
                usage(
                    "there is no peer network '"
                        + model
                        + "'; expected one of "
                        + Networks.all().stream()
                            .map(Network::name)
                            .collect(Collectors.joining(", "))));
  }

  private String algorithm() {
    try {
      return ConvolutionAlgorithm.parse(convolution).label();
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  /** The folder of the Python environment, if one is given. */
  private @Nullable String environment() {
    return python == null ? System.getenv(PythonEnvironment.VARIABLE) : python;
  }

  /** What runs the selected peers in Python; null if there are none. */
  private @Nullable PythonEnvironment interpreter(List<Peer> selected) {
    return selected.stream().anyMatch(peer -> peer.host() == Peer.Host.PYTHON)
        ? PythonEnvironment.in(
            environment(), Path.of(System.getProperty("fovea.bench.python", "bench/python")))
        : null;
  }

  private List<Peer> select(Mode mode) {
    List<Peer> possible = Peer.ALL.stream().filter(peer -> peer.does(mode)).toList();
    if (peers == null) {
      if (environment() != null) {
        return possible;
      }
      System.err.println(
          "compare: the peers in Python are left out; give their environment with --python DIR, see"
              + " bench/README.md");
      return possible.stream().filter(peer -> peer.host() != Peer.Host.PYTHON).toList();
    }
    List<Peer> chosen = new ArrayList<>();
    for (String name : peers) {
      chosen.add(
          possible.stream()
              .filter(peer -> peer.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      usage(
                          "there is no peer '"
                              + name
                              + "' in this mode; expected one of "
                              + possible.stream()
                                  .map(Peer::name)
                                  .collect(Collectors.joining(", ")))));
    }
    return chosen;
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }
}
