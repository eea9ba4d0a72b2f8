package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors that are processes of their own: they score, and then train, until one is killed. One
 * driver does both, since to start a cluster takes longer than what it does.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ClusterTest {
  private static final int PHOTOS = 12;
  private static final int EPOCHS = 60;
  private static final int EPOCHS_BEFORE = 3;
  private static final int IMAGES = 100;
  private static final String SCORED = "scored";

  @TempDir private static Path folder;

  private static final List<ExecutorProcesses> CLUSTER = new ArrayList<>();
  private static Path model = Path.of("");
  private static Path photos = Path.of("");
  private static Path run = Path.of("");

  /** The driver. */
  public static final class Driver {
    private Driver() {}

    /** Takes the class path of executors, model, photos and run folder. */
    public static void main(String[] args) throws IOException {
      try (SparkSession spark = ExecutorProcesses.session(args[0])) {
        Dataset<Row> files = spark.read().format("binaryFile").load(args[2]).repartition(4);
        MapFunction<Row, String> told =
            row -> "on " + SparkEnv.get().executorId() + " " + answer(row);
        scored(files, args[1])
            .map(told, Encoders.STRING())
            .collectAsList()
            .forEach(System.out::println);
        System.out.println(SCORED);
        ExecutorProcesses.awaitWord();
        System.out.println("model " + fit(spark, Path.of(args[3])).getModel());
      }
    }
  }

  @BeforeAll
  static void start() throws IOException {
    model = Fixtures.model(folder, "resnet50", 1);
    photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    run = folder.resolve("run");
    CLUSTER.add(
        new ExecutorProcesses(
            folder, Driver.class, List.of(model.toString(), photos.toString(), run.toString())));
  }

  @AfterAll
  static void end() throws IOException {
    for (ExecutorProcesses each : CLUSTER) {
      each.close();
    }
  }

  private static ExecutorProcesses cluster() {
    return CLUSTER.get(0);
  }

  private static Dataset<Row> scored(Dataset<Row> files, String by) {
    return new FoveaClassifier()
        .setModel(by)
        .setPrecision("f32")
        .transform(files)
        .select("path", "prediction", "probability", "reason");
  }

  private static String answer(Row row) {
    return Path.of(row.getString(0)).getFileName()
        + " "
        + row.getString(1)
        + " "
        + row.getDouble(2)
        + " "
        + row.getString(3);
  }

  private static FoveaClassifier fit(SparkSession spark, Path to) {
    return new FoveaTrainer()
        .setRecipe("shapes-quick")
        .setSettings(LabeledPictures.settings("learning.length=" + EPOCHS + "epochs"))
        .setRunFolder(to.toString())
        .setRanks(2)
        .setThreads(1)
        .fit(LabeledPictures.rows(spark, IMAGES).coalesce(2));
  }

  @Test
  void aLargeModelAnswersInEveryExecutorOfASmallHeap() throws Exception {
    assertThat(Files.size(model)).isGreaterThan(90_000_000);
    cluster().until(() -> cluster().lines().contains(SCORED));
    assertThat(cluster().lines()).as(() -> cluster().logs()).contains(SCORED);
    Map<String, String> answers = new TreeMap<>();
    Set<String> executors = new HashSet<>();
    for (String line : cluster().lines()) {
      if (line.startsWith("on ")) {
        String[] words = line.split(" ", 4);
        executors.add(words[1]);
        answers.put(words[2], words[3]);
      }
    }
    assertThat(executors).containsExactlyInAnyOrder("0", "1");
    assertThat(answers).isEqualTo(expected());
  }

  private static Map<String, String> expected() {
    Map<String, String> answers = new TreeMap<>();
    Dataset<Row> files = LocalSpark.session().read().format("binaryFile").load(photos.toString());
    for (Row row : scored(files, model.toString()).collectAsList()) {
      String[] words = answer(row).split(" ", 2);
      answers.put(words[0], words[1]);
    }
    return answers;
  }

  private static List<String> losses(Path of) throws IOException {
    return Files.readAllLines(of.resolve("metrics.csv")).stream()
        .map(line -> String.join(",", Arrays.copyOfRange(line.split(","), 0, 7)))
        .toList();
  }

  @Test
  void aRunWhoseExecutorIsKilledEndsAsIfNothingHadBeen() throws Exception {
    Path metrics = run.resolve("metrics.csv");
    // Or the run may be over before this test begins.
    cluster().giveWord();
    cluster().until(() -> Files.exists(metrics) && losses(run).size() > EPOCHS_BEFORE);
    cluster().killExecutor();
    assertThat(losses(run).size()).as("epochs before the end").isLessThan(EPOCHS);

    assertThat(cluster().exitCode()).as(() -> cluster().logs()).isZero();
    assertThat(cluster().lines()).contains("model " + run.resolve("model.safetensors"));
    Path whole = folder.resolve("whole");
    FoveaClassifier unused = fit(LocalSpark.session(), whole);
    assertThat(losses(run)).isEqualTo(losses(whole)).hasSize(EPOCHS + 1);
  }
}
