package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Classifier;
import dev.fovea.eval.Prediction;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoveaClassifierTest {
  private static final int PHOTOS = 24;

  @TempDir private static Path folder;

  private static Path photos = Path.of("");
  private static Path model = Path.of("");
  private static SparkSession spark = LocalSpark.session();

  @BeforeAll
  static void makePhotos() throws IOException {
    photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    model = Fixtures.model(folder, "resnet20", 1);
  }

  private static Dataset<Row> files() {
    return spark.read().format("binaryFile").load(photos.toString());
  }

  @Test
  void answersAreThoseOfTheClassifier() {
    List<Row> rows =
        new FoveaClassifier()
            .setModel(model.toString())
            .transform(files())
            .select("path", "prediction", "probability", "reason")
            .collectAsList();

    assertThat(rows).hasSize(PHOTOS);
    try (Classifier classifier = Classifier.open(model)) {
      for (Row row : rows) {
        Prediction.Guess best =
            classifier.predict(Path.of(URI.create(row.getString(0)))).best();
        assertThat(row.getString(1)).isEqualTo(best.name());
        assertThat(row.getDouble(2)).isEqualTo(best.probability());
        assertThat(row.isNullAt(3)).isTrue();
      }
    }
    assertThat(rows).extracting(r -> r.getDouble(2)).doesNotHaveDuplicates();
  }
}
