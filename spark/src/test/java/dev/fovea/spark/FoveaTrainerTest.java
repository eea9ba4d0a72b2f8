package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.collective.CollectiveException;
import dev.fovea.data.image.DataException;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training in {@code local[2]}: both ranks are threads of this process. */
class FoveaTrainerTest {
  private static Dataset<Row> pictures = LocalSpark.session().emptyDataFrame();

  @TempDir Path folder;

  @BeforeAll
  static void make() {
    // Uneven: the partitions have other numbers of rows, and the last batch is not full.
    pictures = LabeledPictures.rows(LocalSpark.session(), 100).repartition(3).persist();
  }

  private FoveaTrainer trainer(String run) {
    return new FoveaTrainer()
        .setSettings(LabeledPictures.settings())
        .setRecipe("shapes-quick")
        .setRunFolder(folder.resolve(run).toString())
        .setRanks(2)
        .setThreads(1)
        .setDeadlineSeconds(60);
  }

  private List<String> losses(String run) throws IOException {
    List<String> losses = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(run).resolve("metrics.csv"))) {
      losses.add(String.join(",", Arrays.copyOfRange(line.split(","), 0, 5)));
    }
    return losses;
  }

  @Test
  void twoRanksLearnTheImagesOfADataFrame() throws IOException {
    FoveaClassifier classifier = trainer("run").fit(pictures);
    Dataset<Row> answers = classifier.transform(pictures);
    assertThat(answers.filter("prediction = label").count()).isGreaterThan(90);
    assertThat(classifier.parent().uid()).startsWith("foveaTrainer");
    assertThat(losses("run")).hasSize(7);
    assertThat(folder.resolve("run")).isDirectoryNotContaining("glob:**/.training-*");
    // One rank alone computes the same, but for the rounding of sums.
    FoveaClassifier alone =
        trainer("alone").setRanks(1).setData(folder.resolve("run/data").toString()).fit(pictures);
    assertThat(Path.of(alone.getModel())).exists();
    List<double[]> one = figures("alone");
    List<double[]> two = figures("run");
    for (int epoch = 0; epoch < 6; epoch++) {
      assertThat(two.get(epoch)).containsExactly(one.get(epoch), within(1e-4));
    }
    assertThatThrownBy(() -> trainer("run").fit(pictures))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("already holds a run");
  }

  /** Epoch, step, losses and accuracy in training and validation. */
  private List<double[]> figures(String run) throws IOException {
    return losses(run).stream()
        .skip(1)
        .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
        .toList();
  }

  @Test
  void archivesOfOthersAreLeftAlone() throws IOException {
    Path other = Files.createDirectories(folder.resolve("run/data")).resolve("train-000000.tar");
    Files.writeString(other, "of somebody else");
    assertThatThrownBy(() -> trainer("run").fit(pictures))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-000000.tar lies where the images of the DataFrame are to be");
    assertThat(other).hasContent("of somebody else");
  }

  @Test
  void shardsAreThoseOfTheRowsAndReusedByAResumedRun() throws IOException {
    trainer("run").setValidationCol("held").setLabelCol("number").fit(pictures);
    Path data = folder.resolve("run/data");
    assertThat(data.resolve("classes.txt")).hasContent("0\n1\n2");
    assertThat(data).isDirectoryContaining("glob:**/val-000000.tar");
    assertThat(data.resolve("shards.json")).content().contains("\"images\" : 100", "left_out");
    FileTime written = Files.getLastModifiedTime(data.resolve("shards.json"));
    // Without columns: it is not read.
    FoveaClassifier again =
        trainer("run").setResume(true).fit(LocalSpark.session().emptyDataFrame());
    assertThat(Path.of(again.getModel())).exists();
    assertThat(Files.getLastModifiedTime(data.resolve("shards.json"))).isEqualTo(written);
    Files.writeString(data.resolve("train-000000.tar"), "x");
    assertThatThrownBy(() -> trainer("run").setResume(true).fit(pictures))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-000000.tar is not as shards.json beside it says");
  }

  @Test
  void namesOfClassesComeFromTheColumnOrTheCaller() throws IOException {
    Dataset<Row> indexed =
        new StringIndexer()
            .setInputCol("label")
            .setOutputCol("index")
            .setStringOrderType("alphabetDesc")
            .fit(pictures)
            .transform(pictures);
    trainer("indexed").setLabelCol("index").fit(indexed);
    assertThat(folder.resolve("indexed/data/classes.txt")).hasContent("red\ngreen\nblue");
    trainer("given")
        .setLabelCol("number")
        .setClasses(new String[] {"rot", "grün", "blau"})
        .fit(pictures);
    assertThat(folder.resolve("given/data/classes.txt")).hasContent("rot\ngrün\nblau");
    assertThatThrownBy(
            () -> trainer("twice").setClasses(new String[] {"red", "red", "blue"}).fit(pictures))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[red, red, blue], of which some have the same name");
  }

  @Test
  void aRunGoesOnWhereItWasOnAnotherNumberOfRanks() throws IOException {
    trainer("whole").fit(pictures);
    FoveaTrainer first = trainer("parts").setData(folder.resolve("whole/data").toString());
    first
        .setSettings(LabeledPictures.settings("output.patience=1", "learning.rate.base=1e-12"))
        .fit(pictures);
    RunConfig saved = RunConfig.ofRun(new RunFolder(folder.resolve("parts")));
    assertThat(losses("parts").size()).isLessThan(7);
    first
        .setSettings(LabeledPictures.settings("output.patience=0", "learning.rate.base=1e-12"))
        .setRanks(1)
        .setResume(true)
        .fit(pictures);
    assertThat(losses("parts")).hasSize(7);
    assertThat(saved.engine().threads()).isEqualTo(1);
  }

  @Test
  void aRunWhoseLengthIsATimeGoesOnWithTheEpochsThatItBeganWith() throws IOException {
    FoveaTrainer trainer =
        trainer("run")
            .setSettings(
                LabeledPictures.settings("learning.length=1minutes", "learning.most_epochs=2"));
    trainer.fit(pictures);
    assertThat(losses("run")).hasSize(3);
    FoveaClassifier again = trainer.setResume(true).fit(pictures);
    assertThat(Path.of(again.getModel())).exists();
    assertThat(losses("run")).hasSize(3);
  }

  @Test
  void pathsAreThoseOfTheDriver() {
    FoveaTrainer trainer =
        trainer("run")
            .setSettings(
                LabeledPictures.settings(
                    "network.init=some/model.safetensors", "data.classes=names.txt"));
    RunConfig config = TrainingRequest.of(trainer).config("pom.xml", 2);
    assertThat(config.data().source()).isEqualTo(Path.of("pom.xml").toAbsolutePath().toString());
    assertThat(config.data().classes()).isEqualTo(Path.of("names.txt").toAbsolutePath().toString());
    assertThat(config.data().labels()).isEmpty();
    assertThat(config.network().init())
        .isEqualTo(Path.of("some/model.safetensors").toAbsolutePath().toString());
  }

  @Test
  void shardsThatNoTaskHasToldOfAreRemoved() {
    Path data = folder.resolve("run/data");
    String left = data.resolve("val-000007.tar").toString();
    String begun = data.resolve(".train-000000.tar.99.tmp").toString();
    FilterFunction<Row> leaves =
        row -> {
          Files.writeString(Path.of(left), "of a task that was given up");
          Files.writeString(Path.of(begun), "of a task that was killed");
          return true;
        };
    trainer("run")
        .setClasses(LabeledPictures.COLORS.toArray(String[]::new))
        .fit(pictures.filter(leaves));
    assertThat(data).isDirectoryNotContaining("glob:**/{val-000007,.train}*");
    assertThat(data).isDirectoryContaining("glob:**/train-000000.tar");
  }

  @Test
  void numbersThatAreNotWholeAreNoClasses() {
    Dataset<Row> numbers =
        pictures.withColumn(
            "number",
            functions
                .when(functions.col("label").equalTo("red"), functions.lit(Double.NaN))
                .when(functions.col("label").equalTo("green"), functions.lit(0.5))
                .otherwise(functions.lit(2.0)));
    assertThatThrownBy(() -> trainer("run").setLabelCol("number").fit(numbers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column 'number' has the classes [2]");
  }

  @Test
  @Timeout(60)
  void aRunEndsWhenTheThreadThatWaitsForItIsInterrupted() throws Exception {
    Path run = folder.resolve("run");
    FoveaTrainer trainer =
        trainer("run").setSettings(LabeledPictures.settings("learning.length=1000000epochs"));
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                FoveaClassifier unused = trainer.fit(pictures);
              } catch (CollectiveException e) {
                interrupted.complete(Thread.currentThread().isInterrupted());
              } catch (RuntimeException e) {
                interrupted.completeExceptionally(e);
              }
            });
    waiting.start();
    while (waiting.isAlive() && !Files.exists(run.resolve("last.safetensors"))) {
      Thread.sleep(5);
    }
    waiting.interrupt();
    assertThat(interrupted.get()).isTrue();
    while (isInUse(run)) {
      Thread.sleep(5);
    }
  }

  private static boolean isInUse(Path run) {
    try {
      RunLock.take(run).close();
      return false;
    } catch (CheckpointException e) {
      return true;
    }
  }

  @Test
  void aTrainerIsAStageOfPipelinesAndSaved() throws IOException {
    FoveaTrainer trainer = trainer("run");
    trainer.save(folder.resolve("trainer").toString());
    FoveaTrainer loaded = FoveaTrainer.load(folder.resolve("trainer").toString());
    assertThat(loaded.getSettings()).isEqualTo(LabeledPictures.settings());
    PipelineModel model = new Pipeline().setStages(new PipelineStage[] {loaded}).fit(pictures);
    assertThat(model.transform(pictures).columns()).contains("prediction", "reason");
  }

  @Test
  void rowsWithoutImageOrClassAreCountedAndTooManyRefused() {
    Dataset<Row> damaged =
        pictures.withColumn(
            "content",
            functions
                .when(functions.col("label").equalTo("red"), functions.lit(new byte[] {1, 2, 3}))
                .otherwise(functions.col("content")));
    assertThatThrownBy(() -> trainer("run").fit(damaged))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("34 of 100 rows have no readable image or no class")
        .hasMessageContaining("data.bad_fraction");
  }

  @Test
  void whatCannotWorkIsRefusedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> trainer("run").setRanks(5).fit(pictures))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("5 ranks need as many tasks at once, and the application can run 2");
    assertThatThrownBy(() -> trainer("run").setRunFolder("hdfs:///runs").fit(pictures))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("runFolder is 'hdfs:///runs'");
    assertThatThrownBy(() -> trainer("run").setLabelCol("labels").fit(pictures))
        .hasMessageContaining(
            "there is no column 'labels'; set labelCol to one of: content, label");
    assertThatThrownBy(() -> trainer("run").setWire("f16").fit(pictures))
        .hasMessageContaining("wire is 'f16'; expected one of f32, bf16");
    assertThatThrownBy(() -> trainer("run").setScaleRate("cubic").fit(pictures))
        .hasMessageContaining("scaleRate is 'cubic'; expected one of none, linear, sqrt");
    assertThatThrownBy(() -> trainer("run").setDeadlineSeconds(8 * 24 * 3600))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deadlineSeconds");
    assertThatThrownBy(
            () ->
                trainer("run")
                    .setSettings(LabeledPictures.settings("learning.batsh=4"))
                    .fit(pictures))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("learning.batsh");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void anErrorOfOneRankIsThatOfTheJobAndNotTriedAgain() {
    assertThatThrownBy(
            () ->
                trainer("run")
                    .setSettings(LabeledPictures.settings("learning.batch=13"))
                    .fit(pictures))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("the training on Spark has failed: rank 0: ")
        .hasMessageContaining("13 cannot be divided by 2 ranks")
        // A result of the stage; what tasks throw makes Spark start it again.
        .hasNoCause();
    assertThatThrownBy(
            () -> trainer("none").setData(folder.resolve("nowhere").toString()).fit(pictures))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 1: ")
        .hasMessageContaining("nowhere");
  }

  @Test
  void theProgramTakesWhatTheCommandLineHandsIt() {
    FoveaTrainer trainer =
        Train.trainer(
            List.of(
                "--recipe",
                "a.json",
                "--run",
                "/runs/a",
                "--data",
                "/photos",
                "--resume",
                "--ranks",
                "3",
                "--deadline",
                "2m",
                "--batch-per-rank",
                "8",
                "--scale-rate",
                "linear",
                "--wire",
                "bf16",
                "--threads",
                "4",
                "--set",
                "engine.seed=7",
                "--set",
                "learning.smoothing=0.1"));
    assertThat(trainer.getRecipe()).isEqualTo("a.json");
    assertThat(trainer.getRunFolder()).isEqualTo("/runs/a");
    assertThat(trainer.getData()).isEqualTo("/photos");
    assertThat(trainer.getResume()).isTrue();
    assertThat(trainer.getRanks()).isEqualTo(3);
    assertThat(trainer.getDeadlineSeconds()).isEqualTo(120);
    assertThat(trainer.getBatchPerRank()).isEqualTo(8);
    assertThat(trainer.getScaleRate()).isEqualTo("linear");
    assertThat(trainer.getWire()).isEqualTo("bf16");
    assertThat(trainer.getThreads()).isEqualTo(4);
    assertThat(trainer.getSettings()).containsExactly("engine.seed=7", "learning.smoothing=0.1");
    assertThatThrownBy(() -> Train.trainer(List.of("--data", "/photos", "--lr", "1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("unknown argument '--lr'");
    assertThatThrownBy(() -> Train.trainer(List.of("--run", "/runs/a")))
        .hasMessageContaining("--data is missing");
    assertThatThrownBy(() -> Train.trainer(List.of("--data", "/photos", "--ranks", "few")))
        .hasMessageContaining("--ranks is 'few'; write a whole number");
    assertThatThrownBy(() -> Train.trainer(List.of("--data")))
        .hasMessageContaining("--data has no value");
  }
}
