package dev.fovea.app.option;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.collective.Collective;
import dev.fovea.collective.SingleRank;
import dev.fovea.collective.ring.Ring;
import dev.fovea.collective.ring.RingAddress;
import dev.fovea.collective.ring.RingDeadlines;
import dev.fovea.collective.ring.RingListener;
import dev.fovea.collective.ring.RingSecret;
import dev.fovea.collective.ring.RingTrust;
import dev.fovea.collective.ring.WireFormat;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RankBatch;
import dev.fovea.train.RankBatch.RateRule;
import dev.fovea.train.RunConfig;
import dev.fovea.train.SaveInterval;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The flags of a run on several machines: who takes part, and how they find and trust each other.
 */
public final class RankFlags {
  /** The environment variable that holds the secret if no file does. */
  static final String VARIABLE = "FOVEA_RING_SECRET";

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @Option(
      names = "--hosts",
      paramLabel = "HOST:PORT,...",
      description =
          "Trains on several machines, or processes, that each hold the data: one address for each,"
              + " in the order of their ranks, the same list on all. Rank 0 prints and has the run"
              + " folder. --batch is the number of images of a step over all ranks.")
  private @Nullable String hosts;

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "Which of --hosts this process is, from 0.")
  private @Nullable Integer rank;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description =
          "A file of this user alone with the secret that all ranks share, at least 32 characters:"
              + " 'openssl rand -hex 32' makes one (default: the environment variable "
              + VARIABLE
              + ").")
  private @Nullable Path secret;

  @Option(
      names = "--interface",
      paramLabel = "ADDRESS",
      description =
          "The address of this machine at which this rank listens, if other ranks reach it by"
              + " another one (default: that in --hosts).")
  private @Nullable String listensAt;

  @Option(
      names = "--deadline",
      paramLabel = "T",
      description =
          "How long to wait for all ranks to come, and then for one that lives but does not get on:"
              + " 90s, 5m, 1h (default: 5m). A process that has ended is noticed at once, one that"
              + " is stopped or cut off after ten seconds.")
  private @Nullable String deadline;

  @Option(
      names = "--wire",
      paramLabel = "f32|bf16",
      description =
          "Number format of gradients on their way; bf16 halves the bytes and rounds (default:"
              + " f32).")
  private @Nullable WireFormat wire;

  @Option(
      names = "--batch-per-rank",
      paramLabel = "N",
      description = "Images per step of each rank, in place of --batch.")
  private @Nullable Integer batchPerRank;

  @Option(
      names = "--scale-rate",
      paramLabel = "RULE",
      description =
          "What --batch-per-rank does to the learning rate if that changes the batch of a step:"
              + " none, linear or sqrt (default: none).")
  private @Nullable RateRule scaleRate;

  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Trains on the executors of a Spark cluster instead, for example spark://host:7077:"
              + " starts spark-submit with these settings if SPARK_HOME and FOVEA_SPARK_JARS are"
              + " set, else prints its line. --run and --data must lie where all of them see them.")
  private @Nullable String spark;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description = "How many tasks train together on --spark (default: one on each executor).")
  private @Nullable Integer count;

  /** Whether the run has several ranks. */
  public boolean areSeveral() {
    return hosts != null;
  }

  /** Whether this process prints and has the run folder. */
  public boolean leads() {
    return rank == null || rank == 0;
  }

  /** This process's number. */
  public int rank() {
    return rank == null ? 0 : rank;
  }

  /** Checks that the flags fit together and to those of others, before anything is opened. */
  public void check(TrialFlags trial, RunFlags.Learning learning) {
    Positive.check("--batch-per-rank", batchPerRank);
    Positive.check("--ranks", count);
    if (learning.setsBatch() && batchPerRank != null) {
      throw new UsageException(
          "--batch and --batch-per-rank both say how many images a step has; give one of them");
    }
    if (scaleRate != null && batchPerRank == null) {
      throw new UsageException(
          "--scale-rate goes with --batch-per-rank; with --batch, give the rate by --lr");
    }
    if (trial.dryRun && (hosts != null || spark != null)) {
      throw new UsageException("--dry-run is of one process; leave out --hosts and --spark");
    }
    if (spark != null) {
      requireOnlySpark();
      return;
    }
    if (count != null) {
      throw new UsageException("--ranks is for --spark; --hosts has an address for each rank");
    }
    if (hosts == null) {
      requireAbsent("--rank", rank);
      requireAbsent("--interface", listensAt);
      requireAbsent("--secret-file", secret);
      requireAbsent("--deadline", deadline);
      requireAbsent("--batch-per-rank", batchPerRank);
      requireAbsent("--scale-rate", scaleRate);
      requireAbsent("--wire", wire);
      return;
    }
    List<RingAddress> all = addresses();
    if (rank == null || rank < 0 || rank >= all.size()) {
      throw new UsageException(
          "--rank "
              + (rank == null ? "is missing" : "is " + rank)
              + "; --hosts names "
              + all.size()
              + " ranks: give each process its own number, 0 to "
              + (all.size() - 1));
    }
    RingAddress unusedAddress = here(all.get(rank));
    RingDeadlines unusedDeadlines = deadlines();
  }

  private static void requireAbsent(String flag, @Nullable Object value) {
    if (value != null) {
      throw new UsageException(
          flag + " is for runs on several machines; give --hosts too, or leave it out");
    }
  }

  private void requireOnlySpark() {
    if (hosts != null || rank != null || listensAt != null || secret != null) {
      throw new UsageException(
          "--spark finds machines and makes a secret itself; leave out --hosts, --rank,"
              + " --interface and --secret-file");
    }
    RingDeadlines unused = deadlines();
  }

  /** The cluster that trains instead of this process; empty if none does. */
  public Optional<String> spark() {
    return Optional.ofNullable(spark);
  }

  /** What the program on Spark is told of ranks. */
  public List<String> sparkArguments() {
    List<String> arguments = new ArrayList<>();
    addTo(arguments, "--ranks", count);
    addTo(arguments, "--deadline", deadline);
    addTo(arguments, "--batch-per-rank", batchPerRank);
    addTo(arguments, "--scale-rate", scaleRate);
    addTo(arguments, "--wire", wire);
    return arguments;
  }

  private static void addTo(List<String> arguments, String flag, @Nullable Object value) {
    if (value != null) {
      arguments.add(flag);
      arguments.add(value.toString().toLowerCase(Locale.ROOT));
    }
  }

  private List<RingAddress> addresses() {
    try {
      return RingAddress.parseAll(String.valueOf(hosts));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--hosts: " + e.getMessage());
    }
  }

  private RingDeadlines deadlines() {
    Duration wait = deadline == null ? PATIENCE : time(deadline);
    try {
      return new RingDeadlines(wait, RingDeadlines.NORMAL.silence(), wait);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--deadline is '" + deadline + "': " + e.getMessage());
    }
  }

  private RingAddress here(RingAddress own) {
    String address = listensAt;
    if (address == null) {
      return own;
    }
    if (address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    try {
      return new RingAddress(address, own.port());
    } catch (IllegalArgumentException e) {
      throw new UsageException("--interface is '" + listensAt + "': " + e.getMessage());
    }
  }

  private static Duration time(String text) {
    Duration time;
    try {
      time = SaveInterval.parse(text).time();
    } catch (ConfigException e) {
      // Refused below like steps, with the flag's name.
      time = Duration.ZERO;
    }
    if (time.isZero()) {
      throw new UsageException("--deadline is '" + text + "'; write a time such as 90s, 5m or 1h");
    }
    return time;
  }

  /**
   * The configuration with batch and rate of {@code --batch-per-rank}, if it is given.
   *
   * @param note told what was changed
   */
  public RunConfig applyTo(RunConfig config, Consumer<String> note) {
    // On Spark, only the driver knows how many ranks there are.
    if (batchPerRank == null || spark != null) {
      return config;
    }
    RateRule rule = scaleRate == null ? RateRule.NONE : scaleRate;
    RankBatch.Applied applied = new RankBatch(batchPerRank, addresses().size(), rule).to(config);
    if (leads()) {
      note.accept(applied.note());
    }
    return applied.config();
  }

  /**
   * Waits until all ranks have come; the caller closes what connects them. The only rank of a run
   * waits for nobody.
   *
   * @throws dev.fovea.collective.CollectiveException if one is missing at the deadline, naming it,
   *     or the port cannot be taken
   * @throws UsageException if there is no secret, or the others cannot reach this rank where it
   *     listens
   */
  public Collective join(Terminal terminal) {
    if (hosts == null) {
      return new SingleRank();
    }
    List<RingAddress> all = addresses();
    RingTrust trust = RingTrust.of(secret(terminal), "fovea train");
    RingListener listener = RingListener.open(here(all.get(rank())));
    terminal.note(
        "rank "
            + rank()
            + " of "
            + all.size()
            + " listens at "
            + listener.address()
            + ", waiting for the others for up to "
            + Human.time(deadlines().connect()));
    WireFormat format = wire == null ? WireFormat.F32 : wire;
    try {
      return Ring.join(listener, all, rank(), trust, format, deadlines(), terminal::note);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "; give it to --interface");
    }
  }

  private RingSecret secret(Terminal terminal) {
    String variable = terminal.variable(VARIABLE);
    try {
      if (secret != null) {
        return RingSecret.read(secret);
      }
      if (variable != null) {
        return RingSecret.of(variable, VARIABLE);
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    throw new UsageException(
        "the ranks need a secret in common, so that nobody else joins the run; put one into a file"
            + " of this user alone and name it by --secret-file, or set "
            + VARIABLE
            + "; 'openssl rand -hex 32' makes one");
  }
}
