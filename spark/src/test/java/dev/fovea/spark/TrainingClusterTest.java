package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on a cluster of processes, one of which is killed. */
class TrainingClusterTest {
  private static final int EPOCHS = 200;
  private static final int EPOCHS_BEFORE = 10;
  private static final int IMAGES = 100;

  @TempDir private Path folder;

  /** The driver: trains, and prints where the model is. */
  public static final class Driver {
    private Driver() {}

    /** Takes master, class path of executors, and run folder. */
    public static void main(String[] args) throws IOException {
      try (SparkSession spark = StandaloneCluster.session(args[0], args[1])) {
        System.out.println("model " + fit(spark, Path.of(args[2])).getModel());
      }
    }
  }

  private static FoveaClassifier fit(SparkSession spark, Path run) {
    return new FoveaTrainer()
        .setRecipe("shapes-quick")
        .setSettings(LabeledPictures.settings("learning.length=" + EPOCHS + "epochs"))
        .setRunFolder(run.toString())
        .setRanks(2)
        .setThreads(1)
        .fit(LabeledPictures.rows(spark, IMAGES).coalesce(2));
  }

  private static List<String> losses(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .map(line -> String.join(",", Arrays.copyOfRange(line.split(","), 0, 7)))
        .toList();
  }

  @Test
  void aRunWhoseExecutorIsKilledEndsAsIfNothingHadBeen() throws Exception {
    Path run = folder.resolve("run");
    try (StandaloneCluster cluster = new StandaloneCluster(folder)) {
      Path log = folder.resolve("driver.log");
      Process driver = cluster.drive(log, Driver.class, List.of(run.toString()));
      Path metrics = run.resolve("metrics.csv");
      while (driver.isAlive() && !(Files.exists(metrics) && losses(run).size() > EPOCHS_BEFORE)) {
        Thread.sleep(20);
      }
      cluster.killExecutor(1);
      assertThat(losses(run).size()).as("epochs before the end").isLessThan(EPOCHS);

      assertThat(driver.waitFor(3, TimeUnit.MINUTES))
          .as(() -> "the driver ends; " + cluster.logs())
          .isTrue();

      assertThat(driver.exitValue()).as(cluster::logs).isZero();
      assertThat(log).content().contains("model " + run.resolve("model.safetensors"));
    }
    Path whole = folder.resolve("whole");
    FoveaClassifier unused = fit(LocalSpark.session(), whole);
    assertThat(losses(run)).isEqualTo(losses(whole)).hasSize(EPOCHS + 1);
  }
}
