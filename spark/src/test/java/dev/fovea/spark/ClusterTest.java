package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scoring on a cluster of processes. */
class ClusterTest {
  private static final int PHOTOS = 12;

  @TempDir private static Path folder;

  /** The driver: scores photos and prints what came of them, and where. */
  public static final class Driver {
    private Driver() {}

    /** Takes master, class path of executors, model and photos. */
    public static void main(String[] args) throws IOException {
      try (SparkSession spark = StandaloneCluster.session(args[0], args[1])) {
        Dataset<Row> files =
            spark.read().format("binaryFile").load(args[3]).repartition(4).persist();
        Dataset<Row> scored =
            new FoveaClassifier()
                .setModel(args[2])
                .setPrecision("f32")
                .transform(files)
                .select("path", "prediction", "probability", "reason");
        for (Row row : scored.collectAsList()) {
          System.out.println(
              "row "
                  + Path.of(row.getString(0)).getFileName()
                  + " "
                  + row.getString(1)
                  + " "
                  + row.getDouble(2)
                  + " "
                  + row.getString(3));
        }
        System.out.println(
            "executors " + (spark.sparkContext().getExecutorMemoryStatus().size() - 1));
      }
    }
  }

  @Test
  void aModelOfNearlyTheSizeOfTheHeapAnswersInEveryExecutor() throws Exception {
    Path model = Fixtures.model(folder, "resnet50", 1);
    assertThat(Files.size(model)).isGreaterThan(90_000_000);
    Path photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    try (StandaloneCluster cluster = new StandaloneCluster(folder)) {
      Path log = folder.resolve("driver.log");
      Process driver =
          cluster.drive(log, Driver.class, List.of(model.toString(), photos.toString()));

      assertThat(driver.waitFor(3, TimeUnit.MINUTES))
          .as(() -> "the driver ends; " + cluster.logs())
          .isTrue();

      List<String> lines = Files.readAllLines(log);
      assertThat(driver.exitValue()).as(cluster::logs).isZero();
      assertThat(lines).contains("executors 2");
      Map<String, String> answers = new TreeMap<>();
      for (String line : lines) {
        if (line.startsWith("row ")) {
          String[] words = line.split(" ", 3);
          answers.put(words[1], words[2]);
        }
      }
      assertThat(answers).isEqualTo(expected(model, photos));
    }
  }

  private static Map<String, String> expected(Path model, Path photos) {
    Map<String, String> answers = new TreeMap<>();
    Dataset<Row> files = LocalSpark.session().read().format("binaryFile").load(photos.toString());
    for (Row row :
        new FoveaClassifier()
            .setModel(model.toString())
            .setPrecision("f32")
            .transform(files)
            .select("path", "prediction", "probability", "reason")
            .collectAsList()) {
      answers.put(
          String.valueOf(Path.of(row.getString(0)).getFileName()),
          row.getString(1) + " " + row.getDouble(2) + " " + row.getString(3));
    }
    return answers;
  }
}
