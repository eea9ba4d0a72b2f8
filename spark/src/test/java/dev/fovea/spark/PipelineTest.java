package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages and pipelines in folders. */
class PipelineTest {
  @TempDir private static Path folder;

  private static final SparkSession SPARK = LocalSpark.session();
  private static Path model = Path.of("");
  private static Path photos = Path.of("");

  @BeforeAll
  static void makePhotos() throws IOException {
    photos = Fixtures.photos(folder.resolve("photos"), 6);
    model = Fixtures.model(folder, "resnet20", 3);
  }

  private static Dataset<Row> files() {
    return SPARK.read().format("binaryFile").load(photos.toString());
  }

  private static List<Row> tops(Dataset<Row> scored) {
    return scored.orderBy("path").select("top").collectAsList();
  }

  private static FoveaClassifier stage() {
    return new FoveaClassifier().setModel(model.toString()).setTopK(2).setThreads(1);
  }

  private static Path saved(String name) throws IOException {
    Path path = folder.resolve(name);
    stage().save(path.toString());
    return path;
  }

  @Test
  void aSavedPipelineAnswersTheSameWhereverItsFolderIs() throws IOException {
    SQLTransformer named =
        new SQLTransformer().setStatement("SELECT *, upper(prediction) AS loud FROM __THIS__");
    PipelineModel made =
        new Pipeline().setStages(new PipelineStage[] {stage(), named}).fit(files());
    Path first = folder.resolve("pipeline");
    made.save(first.toString());
    Path moved = Files.move(first, folder.resolve("pipeline moved"));

    Dataset<Row> scored = PipelineModel.load(moved.toString()).transform(files());

    assertThat(scored.filter("loud LIKE 'CLASS%'").count()).isEqualTo(6);
    assertThat(tops(scored)).isEqualTo(tops(made.transform(files())));
  }

  @Test
  void aSavedStageHasTheParametersItHad() throws IOException {
    FoveaClassifier loaded = FoveaClassifier.load(saved("stage").toString());

    assertThat(loaded.getTopK()).isEqualTo(2);
    assertThat(loaded.getThreads()).isEqualTo(1);
    assertThat(loaded.getInputCol()).isEqualTo("content");
    assertThat(loaded.getModel()).endsWith("/stage/model.safetensors").startsWith("file:");
    assertThat(loaded.getModelSha256()).hasSize(64);
  }

  @Test
  void aCopyHasTheParametersAndTheNameOfTheStage() {
    FoveaClassifier stage = stage();

    FoveaClassifier copy = stage.copy(new ParamMap().put(stage.topK(), 4));

    assertThat(copy.uid()).isEqualTo(stage.uid());
    assertThat(copy.getModel()).isEqualTo(model.toString());
    assertThat(copy.getTopK()).isEqualTo(4);
    assertThat(stage.getTopK()).isEqualTo(2);
  }

  @Test
  void parametersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> stage().setTopK(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topK");
    assertThatThrownBy(() -> stage().setThreads(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("threads");
  }

  @Test
  void aModelThatChangedInTheFolderIsRefusedWhenTheStageIsLoaded() throws IOException {
    Path path = saved("changed");
    Files.copy(
        Fixtures.model(folder, "resnet20", 4),
        path.resolve("model.safetensors"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    // Hadoop's own checksum, which whoever replaces a file does not keep.
    Files.deleteIfExists(path.resolve(".model.safetensors.crc"));

    assertThatThrownBy(() -> FoveaClassifier.load(path.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("the model has changed")
        .hasMessageContaining("restore the file");
  }

  @Test
  void aFolderWithoutItsModelIsRefusedWhenTheStageIsLoaded() throws IOException {
    Path path = saved("missing");
    Files.delete(path.resolve("model.safetensors"));

    assertThatThrownBy(() -> FoveaClassifier.load(path.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no such model file");
  }

  @Test
  void aFolderThatIsThereIsReplacedOnlyIfThatIsSaid() throws IOException {
    Path path = saved("twice");

    assertThatThrownBy(() -> stage().save(path.toString())).isInstanceOf(IOException.class);
    stage().setTopK(3).write().overwrite().save(path.toString());

    assertThat(FoveaClassifier.load(path.toString()).getTopK()).isEqualTo(3);
  }

  @Test
  void aStageIsNotSavedOverItsOwnModel() throws IOException {
    Path path = saved("own");
    FoveaClassifier loaded = FoveaClassifier.load(path.toString());
    FoveaClassifier named = stage().setModel(path.resolve("model.safetensors").toString());

    for (FoveaClassifier each : List.of(loaded, named)) {
      assertThatThrownBy(() -> each.write().overwrite().save(path.toString()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("lies in it, and would be removed");
    }
    assertThat(FoveaClassifier.load(path.toString()).getModelSha256())
        .isEqualTo(loaded.getModelSha256());
    loaded.save(folder.resolve("own elsewhere").toString());
  }

  @Test
  void aStageWithoutModelLeavesNoFolder() {
    Path path = folder.resolve("none");

    assertThatThrownBy(() -> new FoveaClassifier().save(path.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no model is set");
    assertThat(path).doesNotExist();
  }

  @Test
  void stagesAndModelsLieOnAnyFileSystemThatHadoopKnows() throws IOException {
    SPARK.sparkContext().hadoopConfiguration().set("fs.far.impl", FarFiles.class.getName());
    String path = "far://" + folder.resolve("far");
    stage().save(path);

    FoveaClassifier loaded = FoveaClassifier.load(path);

    assertThat(loaded.getModel()).startsWith("far:");
    assertThat(tops(loaded.transform(files()))).isEqualTo(tops(stage().transform(files())));
    assertThatThrownBy(() -> stage().setModel(path + "/other.safetensors").transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(path + "/other.safetensors: there is no such model file");
    assertThatThrownBy(() -> stage().setModel("nowhere://x/m.safetensors").transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("nowhere");
  }
}
