package dev.fovea.spark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.collective.CollectiveException;
import dev.fovea.collective.ring.WireFormat;
import dev.fovea.data.image.DataException;
import dev.fovea.spark.LocalSpark;
import dev.fovea.spark.image.ImageColumn;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong on executors, or would. */
class SparkTrainingTest {
  private static final SparkContext SPARK = LocalSpark.session().sparkContext();

  @TempDir private Path folder;

  private RankOrders orders(String mark, Path of) {
    RunConfig config = RunConfig.recipe("shapes-quick");
    return new RankOrders(
        config.with(config.output().into(of.toString(), false)).toJson(),
        "ab".repeat(32),
        "a job",
        mark,
        1,
        WireFormat.F32,
        1);
  }

  @Test
  void dynamicAllocationIsRefused() {
    SparkTraining training = new SparkTraining(2, WireFormat.F32, Duration.ofSeconds(60));
    SparkConf settings = SPARK.conf();
    settings.set("spark.dynamicAllocation.enabled", "true");
    try {
      assertThatThrownBy(() -> training.requireSlots(SPARK))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("spark.dynamicAllocation.enabled is true")
          .hasMessageContaining("set it to false");
    } finally {
      settings.remove("spark.dynamicAllocation.enabled");
    }
    assertThat(training.requireSlots(SPARK)).isEqualTo(2);
  }

  @Test
  void anExecutorThatDoesNotSeeTheRunFolderEndsTheJobAndSaysWhichItIs() {
    List<RankReport> reports =
        SparkTraining.reports(
            new JavaSparkContext(SPARK), orders(".training-of-another", folder), 2);

    assertThat(reports)
        .hasSize(2)
        .allSatisfy(
            report ->
                assertThat(((RankReport.Failed) report).reason())
                    .contains("rank 0: on 127.0.0.1:", "; rank 1: on 127.0.0.1:")
                    .contains("the run folder " + folder + " is not the one")
                    .contains("see under the same path"));
  }

  @Test
  void anExecutorThatDoesNotSeeTheFolderOfShardsSaysSo() throws Exception {
    LabelColumn label = new LabelColumn("label", List.of("a", "b"), true, Map.of());
    ShardTask task =
        new ShardTask(
            folder.toString(), "made by the driver", new ImageColumn.Files(), label, false);

    for (String there : List.of("", "made by another driver")) {
      if (!there.isEmpty()) {
        Files.writeString(folder.resolve(LabeledImages.MARK), there);
      }
      assertThatThrownBy(() -> task.call(0, Collections.emptyIterator()))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("the executor does not see " + folder)
          .hasMessageContaining("set runFolder to a folder that the driver and all executors see");
    }
  }

  @Test
  void whatRanksThatWereLostHaveSaidIsTheMessage() {
    assertThatThrownBy(
            () ->
                SparkJob.run(
                    SPARK,
                    () -> {
                      throw new IllegalStateException(
                          "Job aborted: ShuffleMapStage 1 has failed 4 times. Most recent"
                              + " failure:\n"
                              + "Stage failed because barrier task ShuffleMapTask(1, 0) finished:\n"
                              + "dev.fovea.collective.CollectiveException: rank 0: rank 1 is gone\n"
                              + "\tat dev.fovea.spark.training.RankTask.trained(RankTask.java:1)\n");
                    },
                    CollectiveException::new))
        .isInstanceOf(CollectiveException.class)
        .hasMessage("rank 0: rank 1 is gone");
    assertThat(SparkJob.reason(new SparkException("Job 1 cancelled", new DataException("no room"))))
        .isEqualTo("no room");
    assertThat(SparkJob.reason(new SparkException("Job 1 cancelled\nbecause")))
        .isEqualTo("Job 1 cancelled");
  }
}
