package dev.fovea.spark.training;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.collective.CollectiveException;
import dev.fovea.collective.ring.WireFormat;
import dev.fovea.data.image.IoReason;
import dev.fovea.spark.model.ExecutorCores;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The driver's side of a training on Spark.
 *
 * @param ranks how many; 0 for one on each executor
 * @param wire how gradients travel
 * @param deadline for ranks to come, and for one that does not get on
 */
public record SparkTraining(int ranks, WireFormat wire, Duration deadline) {
  private static final System.Logger LOG = System.getLogger(SparkTraining.class.getName());
  private static final int SECRET_BYTES = 32;
  private static final Duration EXECUTORS = Duration.ofSeconds(60);

  /** How long after the last executor none is expected any more, if their number is not set. */
  private static final Duration SETTLED = Duration.ofSeconds(3);

  private static final long POLL_MILLIS = 200;

  /**
   * Returns the number of ranks if Spark can run so many tasks at once, waiting a minute for
   * executors that are on their way.
   *
   * @throws ConfigException if it cannot, or if it would allocate executors dynamically
   */
  public int requireSlots(SparkContext spark) {
    if (spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new ConfigException(
          "spark.dynamicAllocation.enabled is true, and Spark then has no barrier stages, which"
              + " start all ranks together; set it to false for this application");
    }
    int there = spark.isLocal() ? 1 : executors(spark);
    int wanted = ranks == 0 ? there : ranks;
    long end = System.nanoTime() + EXECUTORS.toNanos();
    int slots = slots(spark);
    while (slots < wanted && System.nanoTime() < end && !spark.isLocal()) {
      pause();
      slots = slots(spark);
    }
    if (slots == 0) {
      throw new ConfigException(
          "no executor has come in a minute, so there is nothing to train on; look at the page of"
              + " the cluster's master for free cores and memory");
    }
    if (slots < wanted) {
      throw new ConfigException(
          wanted
              + " ranks need as many tasks at once, and the application can run "
              + slots
              + " (its executors' cores, divided by spark.task.cpus); set ranks to "
              + slots
              + " or less, or give the application more executors");
    }
    return wanted;
  }

  // They register one after another, and ranks that begin before the last is there would be fewer,
  // or share an executor.
  private static int executors(SparkContext spark) {
    int asked = spark.getConf().getInt("spark.executor.instances", 0);
    long now = System.nanoTime();
    long end = now + EXECUTORS.toNanos();
    long changed = now;
    int there = registered(spark);
    while (now < end
        && (asked > 0 ? there < asked : there == 0 || now - changed < SETTLED.toNanos())) {
      pause();
      now = System.nanoTime();
      int more = registered(spark);
      changed = more == there ? changed : now;
      there = more;
    }
    return Math.max(1, asked == 0 ? there : asked);
  }

  // The driver counts itself.
  private static int registered(SparkContext spark) {
    return spark.statusTracker().getExecutorInfos().length - 1;
  }

  private static int slots(SparkContext spark) {
    return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CollectiveException("interrupted while waiting for executors", e);
    }
  }

  /**
   * Trains, and returns the model file.
   *
   * @param config with the absolute path of its folder
   * @param count of ranks, as {@link #requireSlots} has it
   * @throws CollectiveException if the job failed, with the first error of every rank
   * @throws CheckpointException if the driver cannot write to the folder or does not see the model
   */
  public Path train(SparkContext spark, RunConfig config, int count) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark);
    Path folder = Path.of(config.output().folder());
    String job = "training-" + hex(8);
    Path mark = mark(folder, job);
    try {
      RankOrders orders =
          new RankOrders(
              config.toJson(),
              hex(SECRET_BYTES),
              spark.applicationId() + ", " + job,
              String.valueOf(mark.getFileName()),
              ExecutorCores.of(spark.getConf()),
              wire,
              deadline.toSeconds());
      return model(reports(context, orders, count));
    } finally {
      delete(mark);
    }
  }

  /** Runs the ranks, and returns what each of them says at its end. */
  static List<RankReport> reports(JavaSparkContext context, RankOrders orders, int count) {
    List<Integer> numbers = Collections.nCopies(count, 0);
    ClassTag<RankReport> tag = ClassTag$.MODULE$.apply(RankReport.class);
    RDD<RankReport> trained =
        context
            .parallelize(numbers, count)
            .rdd()
            .barrier()
            .mapPartitions(new RankFunction(orders), false, tag);
    return SparkJob.run(
        context.sc(),
        // Spark starts a stage again only if another one follows it.
        () -> JavaRDD.fromRDD(trained, tag).repartition(1).collect(),
        (reason, e) ->
            new CollectiveException(
                "the training on Spark has failed: "
                    + reason
                    + "; what was saved last is in the run folder: set resume to true to go on",
                e));
  }

  private static Path model(List<RankReport> reports) {
    Path model = Path.of("");
    for (RankReport report : reports) {
      if (report instanceof RankReport.Failed failed) {
        throw new CollectiveException("the training on Spark has failed: " + failed.reason());
      }
      if (report instanceof RankReport.Trained trained) {
        model = Path.of(trained.model());
        LOG.log(
            System.Logger.Level.INFO,
            "{0}; validation top-1 {1} after epoch {2}",
            trained.summary(),
            trained.bestTop1(),
            trained.bestEpoch());
      }
    }
    if (!Files.isRegularFile(model)) {
      throw new CheckpointException(
          model
              + ": rank 0 has written the model, and the driver does not see it; set runFolder to a"
              + " folder that the driver and all executors see under the same path");
    }
    return model;
  }

  private static Path mark(Path folder, String job) {
    try {
      Files.createDirectories(folder);
      return Files.createFile(folder.resolve("." + job));
    } catch (IOException e) {
      throw new CheckpointException(
          folder
              + ": the driver cannot write to the run folder: "
              + IoReason.of(e)
              + "; set runFolder to a folder that the driver and all executors can write to",
          e);
    }
  }

  private static void delete(Path mark) {
    try {
      Files.deleteIfExists(mark);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the file {0} is left: {1}", mark, IoReason.of(e));
    }
  }

  private static String hex(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
