package dev.fovea.spark.training;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.collective.CollectiveException;
import dev.fovea.collective.ring.Ring;
import dev.fovea.collective.ring.RingAddress;
import dev.fovea.collective.ring.RingDeadlines;
import dev.fovea.collective.ring.RingListener;
import dev.fovea.collective.ring.RingSecret;
import dev.fovea.collective.ring.RingTrust;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Backend;
import dev.fovea.program.Precision;
import dev.fovea.train.Additions;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;

/**
 * One rank of a training, in a task of a barrier stage.
 *
 * <p>All ranks make the same calls of {@code allGather}: one with where they listen, and one with
 * how they ended. What would happen again ends the job at once, as a result; what may pass, such as
 * the loss of an executor, is thrown, so that Spark starts the stage again, which goes on from the
 * last saved state.
 */
final class RankTask {
  private static final System.Logger LOG = System.getLogger(RankTask.class.getName());
  private static final String LOST = "lost: ";
  private static final String OWN = "own: ";
  private static final String DONE = "done";

  private final RankOrders orders;
  private final BarrierTaskContext context;
  private final int rank;

  RankTask(RankOrders orders, BarrierTaskContext context) {
    this.orders = orders;
    this.context = context;
    this.rank = context.partitionId();
  }

  /** What a rank needs to begin; its listener is closed by the task. */
  private record Place(Backend backend, RingListener listener) {}

  /**
   * Trains.
   *
   * @throws CollectiveException if a rank was lost, so that Spark tries again
   */
  RankReport run() {
    RunConfig config = RunConfig.stored(orders.config(), "the configuration of the driver");
    Optional<Place> place = Optional.empty();
    Hello own;
    try {
      Place opened = place(config);
      place = Optional.of(opened);
      own = hello(opened.listener().address().toString(), "", precision(config, opened), config);
    } catch (RuntimeException | LinkageError e) {
      own = hello("", reason(e), "", config);
    }
    try {
      List<Hello> all = Hello.all(context.allGather(own.toJson()));
      String troubles = Hello.troubles(all);
      return troubles.isEmpty() && place.isPresent()
          ? trained(config, place.get(), all)
          : new RankReport.Failed(troubles);
    } finally {
      place.ifPresent(p -> p.listener().close());
    }
  }

  private Place place(RunConfig config) {
    RunFolder folder = folder(config);
    requireShared(folder);
    if (rank == 0 && context.stageAttemptNumber() > 0) {
      new EarlierAttempt(
              folder, Duration.ofSeconds(orders.deadlineSeconds()), context::isInterrupted)
          .clear();
    }
    Backend backend = new OneDnnBackend();
    return new Place(backend, RingListener.open(here()));
  }

  /** Where this executor is reached, as Spark knows it, with a port that is free. */
  private RingAddress here() {
    RingAddress executor = RingAddress.parse(context.getTaskInfos()[rank].address());
    return new RingAddress(executor.host(), 0);
  }

  private static RunFolder folder(RunConfig config) {
    return new RunFolder(Path.of(config.output().folder()));
  }

  private void requireShared(RunFolder folder) {
    if (!Files.exists(folder.path().resolve(orders.mark()))) {
      throw new CheckpointException(
          "on "
              + context.getTaskInfos()[rank].address()
              + " the run folder "
              + folder.path()
              + " is not the one that the driver has made; set runFolder to a folder that the"
              + " driver and all executors see under the same path, such as a network file system");
    }
  }

  private Hello hello(String address, String trouble, String precision, RunConfig config) {
    int seen = Runtime.getRuntime().availableProcessors();
    boolean again = config.output().resume() || context.stageAttemptNumber() > 0;
    return new Hello(
        address,
        SparkEnv.get().executorId(),
        orders.cores() == 0 ? seen : Math.min(seen, orders.cores()),
        precision,
        again && Files.exists(folder(config).state()),
        trouble);
  }

  // That of rank 0 is the one of all.
  private String precision(RunConfig config, Place place) {
    return config.engine().precision().isPresent() || rank > 0
        ? ""
        : place.backend().fastestPrecision(config.engine().convolution()).precision().label();
  }

  private RunConfig agreed(RunConfig config, List<Hello> all) {
    Hello first = all.get(0);
    RunConfig.Output output = config.output();
    RunConfig agreed =
        config.with(output.into(output.folder(), output.resume() || first.resumes()));
    if (first.resumes() && rank == 0) {
      agreed = asThen(agreed, RunConfig.ofRun(folder(config)));
    }
    RunConfig.Engine engine = agreed.engine();
    Precision precision = engine.precision().orElseGet(() -> Precision.parse(first.precision()));
    int threads = engine.threads() == 0 ? Hello.threads(all) : engine.threads();
    return agreed.with(engine.with(precision).withThreads(threads));
  }

  // What was left open when the run began, and measured then, is as it was.
  private static RunConfig asThen(RunConfig config, RunConfig then) {
    RunConfig.Engine engine = config.engine();
    RunConfig.Engine before = then.engine();
    if (engine.precision().isEmpty() && before.precision().isPresent()) {
      engine = engine.with(before.precision().get());
    }
    if (engine.threads() == 0) {
      engine = engine.withThreads(before.threads());
    }
    RunConfig same = config.with(engine);
    return same.learning().length().unit() == TrainingLength.Unit.MINUTES
        ? same.with("learning.length", String.valueOf(then.settings().get("learning.length")))
        : same;
  }

  private RankReport trained(RunConfig config, Place place, List<Hello> all) {
    String ending;
    RankReport report = new RankReport.Helped();
    try {
      TrainResult result = train(agreed(config, all), place, all);
      report = rank == 0 ? report(result) : report;
      ending = DONE;
    } catch (CollectiveException e) {
      ending = LOST + reason(e);
    } catch (RuntimeException | LinkageError e) {
      LOG.log(System.Logger.Level.ERROR, "rank " + rank + " ends", e);
      ending = OWN + reason(e);
    }
    // Does not return if a rank is gone: Spark ends this task then.
    List<String> endings = List.of(context.allGather(ending));
    if (endings.stream().allMatch(DONE::equals)) {
      return report;
    }
    String reasons = reasons(endings);
    if (endings.stream().anyMatch(e -> e.startsWith(OWN))) {
      return new RankReport.Failed(reasons);
    }
    throw new CollectiveException(reasons);
  }

  private static String reasons(List<String> endings) {
    // If one rank has an error of its own, the others only tell of it.
    boolean own = endings.stream().anyMatch(e -> e.startsWith(OWN));
    List<String> reasons = new ArrayList<>();
    for (int r = 0; r < endings.size(); r++) {
      String ending = endings.get(r);
      if (ending.startsWith(OWN) || !own && ending.startsWith(LOST)) {
        reasons.add("rank " + r + ": " + ending.substring(ending.indexOf(' ') + 1));
      }
    }
    return String.join("; ", reasons);
  }

  private TrainResult train(RunConfig config, Place place, List<Hello> all) {
    List<RingAddress> ranks = all.stream().map(h -> RingAddress.parse(h.address())).toList();
    Duration wait = Duration.ofSeconds(orders.deadlineSeconds());
    RingTrust trust =
        RingTrust.of(
            RingSecret.of(orders.secret(), "the secret of the driver"),
            orders.job() + ", attempt " + context.stageAttemptNumber());
    // Configuration, data and version are compared by the trainer.
    try (Ring ring =
            Ring.join(
                place.listener(),
                ranks,
                rank,
                trust,
                orders.wire(),
                new RingDeadlines(wait, RingDeadlines.NORMAL.silence(), wait),
                line -> LOG.log(System.Logger.Level.WARNING, line));
        Watched watched = new Watched(config, place.backend(), ring)) {
      return watched.trainer.run();
    }
  }

  /** A trainer that stops when Spark no longer wants the task. */
  private final class Watched implements AutoCloseable {
    private final Trainer trainer;

    Watched(RunConfig config, Backend backend, Ring ring) {
      this.trainer = Trainer.open(config, backend, Additions.NONE, ring, this::on);
    }

    private void on(TrainEvent event) {
      if (event instanceof TrainEvent.StepDone && context.isInterrupted()) {
        trainer.interrupt();
      } else if (event instanceof TrainEvent.EpochDone e) {
        LOG.log(System.Logger.Level.INFO, "rank {0}: {1}", rank, e.row());
      } else if (event instanceof TrainEvent.RunStarted e) {
        e.notes().forEach(note -> LOG.log(System.Logger.Level.INFO, note));
      }
    }

    @Override
    public void close() {
      trainer.close();
    }
  }

  private static RankReport report(TrainResult result) {
    if (result.bestEpoch() == 0) {
      return new RankReport.Failed(
          "the run has ended after step "
              + result.step()
              + " without an evaluation, so there is no model yet; resume it");
    }
    return new RankReport.Trained(
        result.model().toString(),
        result.bestEpoch(),
        result.bestTop1(),
        result.outcome() + " after step " + result.step() + " of " + result.totalSteps());
  }

  // The message of an exception of ours stands alone; others need their name.
  private static String reason(Throwable e) {
    boolean ours = e.getClass().getName().startsWith("dev.fovea.") && e.getMessage() != null;
    return ours ? String.valueOf(e.getMessage()) : e.toString();
  }
}
