package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoveaFunctionsTest {
  private static final int PHOTOS = 6;

  @TempDir private static Path folder;

  private static final SparkSession SPARK = LocalSpark.session();
  private static Path model = Path.of("");

  @BeforeAll
  static void register() throws IOException {
    model = Fixtures.model(folder, "resnet20", 5);
    FoveaFunctions.register(SPARK, "fovea_classify", model.toString());
    SPARK
        .read()
        .format("binaryFile")
        .load(Fixtures.photos(folder.resolve("photos"), PHOTOS).toString())
        .createOrReplaceTempView("photos");
  }

  private static List<Row> sql(String query) {
    return SPARK.sql(query).collectAsList();
  }

  @Test
  void aFunctionAnswersAsTheStageDoes() {
    List<Row> rows =
        sql(
            "SELECT c.prediction, c.probability, c.top, c.reason FROM"
                + " (SELECT path, fovea_classify(content) AS c FROM photos) ORDER BY path");

    assertThat(rows)
        .isEqualTo(
            new FoveaClassifier()
                .setModel(model.toString())
                .transform(SPARK.table("photos"))
                .orderBy("path")
                .select("prediction", "probability", "top", "reason")
                .collectAsList());
  }

  @Test
  void structsAreTakenAndWhatIsNoImageHasAReason() {
    Row row =
        sql("SELECT fovea_classify(named_struct('bytes', X'00', 'path', 'a.jpg')).reason,"
                + " fovea_classify(CAST(NULL AS BINARY)).reason,"
                + " fovea_classify(named_struct('bytes', content, 'path', path)).prediction"
                + " FROM photos LIMIT 1")
            .get(0);

    assertThat(row.getString(0)).startsWith("cannot read image a.jpg: ");
    assertThat(row.getString(1)).isEqualTo("cannot read image (in memory): the value is null");
    assertThat(row.getString(2)).startsWith("class");
  }

  @Test
  void aValueThatHoldsNoImagesIsRefusedWithTheTypesThatAreRead() {
    assertThatThrownBy(() -> sql("SELECT fovea_classify(path) FROM photos"))
        .hasStackTraceContaining("fovea_classify got String")
        .hasStackTraceContaining("expected binary");
  }

  @Test
  void aStageGivesItsOptionsToAFunction() {
    FoveaFunctions.register(
        SPARK,
        "fovea_embed",
        new FoveaClassifier()
            .setModel(model.toString())
            .setEmbeddingCol("embedding")
            .setPredictionCol("")
            .setProbabilityCol("")
            .setTopCol(""));

    List<Row> rows = sql("SELECT fovea_embed(content).embedding FROM photos");

    assertThat(rows).hasSize(PHOTOS);
    assertThat(rows).allSatisfy(r -> assertThat(r.getList(0)).hasSize(64));
  }

  @Test
  void aModelThatCannotBeUsedFailsTheRegistration() {
    assertThatThrownBy(() -> FoveaFunctions.register(SPARK, "f", folder + "/missing.safetensors"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no such model file");
  }

  @Test
  void twoFieldsOfOneNameAreRefused() {
    FoveaClassifier stage =
        new FoveaClassifier().setModel(model.toString()).setReasonCol("Prediction");

    assertThatThrownBy(() -> FoveaFunctions.register(SPARK, "f", stage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'Prediction' is there already or named twice");
  }
}
