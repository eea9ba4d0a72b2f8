package dev.fovea.bench;

import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import dev.fovea.program.ConvolutionAlgorithm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
    description = "Runs Fovea and each peer alternately in this call and prints one line per peer.")
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
      description = "Fovea's precision, f32 or bf16 (default: that of the peer)")
  private @Nullable String precision;

  @Option(
      names = "--convolution",
      paramLabel = "A",
      defaultValue = "auto",
      description = "how Fovea computes convolutions: auto, direct or fast (default auto)")
  private String convolution = "auto";

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

  @Option(names = "--peers", paramLabel = "NAME", split = ",", description = "only these peers")
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

  @Option(names = "--peers-only", description = "measure the peers alone, without Fovea")
  private boolean peersOnly;

  @Option(names = "--json", description = "one JSON object per line")
  private boolean json;

  private final String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private final String classPath = System.getProperty("java.class.path");

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
    if (!json) {
      System.out.println(Comparison.HEADING);
    }
    for (Peer peer : select(mode)) {
      String own = precision == null ? peer.precision() : precision;
      report(peer, true, mode, network, own);
      if (untuned) {
        report(peer, false, mode, network, own);
      }
    }
    return 0;
  }

  private void report(Peer peer, boolean tuned, Mode mode, Network network, String own) {
    Comparison.Run run = new Comparison.Run(network.name(), batch, mode, own, convolution, rounds);
    String name = tuned ? peer.name() : peer.name() + "-untuned";
    Contest contest = new Contest(batch, rounds, seconds);
    Comparison line;
    try (Side theirs =
        SideProcess.start(
            name,
            peer.command(java, classPath, mode, network.name(), batch, threads),
            Peer.environment(tuned, threads))) {
      if (peersOnly) {
        double ips = contest.alone(theirs);
        line =
            new Comparison(
                name,
                run,
                null,
                new Comparison.Figures(ips, theirs.peakResident()),
                null,
                null,
                null);
      } else {
        line = against(theirs, contest, run);
      }
    }
    System.out.println(json ? line.json() : line.row());
  }

  private Comparison against(Side theirs, Contest contest, Comparison.Run run) {
    try (Side ours = SideProcess.start("fovea", fovea(run), Map.of("OMP_DYNAMIC", "false"))) {
      Contest.Outcome outcome = contest.between(ours, theirs);
      return new Comparison(
          theirs.name(),
          run,
          new Comparison.Figures(outcome.first(), ours.peakResident()),
          new Comparison.Figures(outcome.second(), theirs.peakResident()),
          outcome.ratio(),
          outcome.lowest(),
          outcome.highest());
    }
  }

  /** The JVM options are those of the {@code fovea} launcher. */
  private List<String> fovea(Comparison.Run run) {
    return List.of(
        java,
        "-XX:+UseSerialGC",
        "-Xms32m",
        "-XX:-UsePerfData",
        "-Dorg.bytedeco.javacpp.maxBytes=0",
        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
        "-cp",
        classPath,
        "dev.fovea.bench.FoveaSide",
        run.mode().word(),
        run.model(),
        Integer.toString(run.batch()),
        run.foveaPrecision(),
        memory,
        Integer.toString(threads),
        run.foveaConvolution());
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
    if (precision != null && !precision.equals("f32") && !precision.equals("bf16")) {
      throw usage("there is no precision '" + precision + "'; expected f32 or bf16");
    }
    try {
      ConvolutionAlgorithm.parse(convolution);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
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

  private List<Peer> select(Mode mode) {
    List<String> wanted = peers;
    if (wanted == null) {
      return Peer.ALL.stream().filter(peer -> mode == Mode.INFER || peer.trains()).toList();
    }
    Map<String, Peer> byName =
        Peer.ALL.stream().collect(Collectors.toMap(Peer::name, peer -> peer));
    List<Peer> chosen = new ArrayList<>();
    for (String name : wanted) {
      Peer peer = byName.get(name);
      if (peer == null || (mode == Mode.TRAIN && !peer.trains())) {
        throw usage(
            "there is no peer '" + name + "' in this mode; expected one of " + byName.keySet());
      }
      chosen.add(peer);
    }
    return chosen;
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }
}
