package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceParquetTest {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final String FEATURES =
      """
      {"info": {"features": {"image": {"_type": "Image"},
      "label": {"names": ["ant", "bee"], "_type": "ClassLabel"}}}}\
      """;

  @TempDir private Path folder;

  /** Writes a set with the labels 0, 1 and -1; the last image is only named. */
  private Path set(String columns, Map<String, String> metadata) throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message schema { optional group image { optional binary bytes; optional binary path"
                + " (STRING); } optional int64 label; "
                + columns
                + " }");
    // Spark names such a file by an URI in which the space is encoded.
    Path file = folder.resolve("ants and bees").resolve("train-00000-of-00001.parquet");
    SimpleGroupFactory groups = new SimpleGroupFactory(schema);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))
            .withType(schema)
            .withExtraMetaData(metadata)
            .build()) {
      for (int i = 0; i < 3; i++) {
        Group row = groups.newGroup();
        Group image = row.addGroup("image");
        if (i < 2) {
          image.add(
              "bytes", Binary.fromConstantByteArray(Fixtures.file(Fixtures.picture(i), "png")));
        }
        image.add("path", i + ".png");
        row.add("label", i < 2 ? (long) i : -1L);
        writer.write(row);
      }
    }
    return file;
  }

  @Test
  void aSetIsScoredBesideTheNamesOfItsClasses() throws IOException {
    Path file = set("", Map.of("huggingface", FEATURES));

    List<Row> rows =
        new FoveaClassifier()
            .setModel(Fixtures.model(folder, "resnet20", 1).toString())
            .setInputCol("image")
            .transform(HuggingFaceParquet.read(SPARK, file.toString()))
            .orderBy("image.path")
            .select("label", "label_name", "prediction", "reason")
            .collectAsList();

    assertThat(rows).extracting(r -> r.getLong(0)).containsExactly(0L, 1L, -1L);
    assertThat(rows).extracting(r -> r.getString(1)).containsExactly("ant", "bee", null);
    assertThat(rows.get(0).getString(2)).startsWith("class");
    assertThat(rows.get(1).getString(2)).startsWith("class");
    assertThat(rows.get(2).getString(3)).startsWith("cannot read image 2.png: 'bytes' is null");
  }

  @Test
  void aSetWithoutNamesIsReadAsItIs() throws IOException {
    Dataset<Row> read = HuggingFaceParquet.read(SPARK, set("", Map.of()).toString());

    assertThat(read.columns()).containsExactly("image", "label");
    assertThat(read.count()).isEqualTo(3);
  }

  @Test
  void aColumnWithTheNamesIsNotReplaced() throws IOException {
    Path file = set("optional binary label_name (STRING);", Map.of("huggingface", FEATURES));

    assertThatThrownBy(() -> HuggingFaceParquet.read(SPARK, file.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has a column 'label_name' already");
  }

  @Test
  void metadataThatCannotBeReadSayHowToReadTheSet() throws IOException {
    Path file = set("", Map.of("huggingface", "{"));

    assertThatThrownBy(() -> HuggingFaceParquet.read(SPARK, file.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("huggingface")
        .hasMessageContaining("spark.read().parquet");
  }

  @Test
  void aSetIsTrainedFromWithTheNamesOfItsClasses() throws IOException {
    Path file = set("", Map.of("huggingface", FEATURES));
    Path run = folder.resolve("run");
    Dataset<Row> labeled = HuggingFaceParquet.read(SPARK, file.toString()).filter("label >= 0");

    // Twice, so that every class has an image to train on and one to validate on.
    FoveaClassifier classifier =
        new FoveaTrainer()
            .setRecipe("shapes-quick")
            .setSettings(
                new String[] {
                  "network.model=resnet20",
                  "network.input=16",
                  "learning.length=1steps",
                  "learning.batch=1",
                  "data.val_fraction=0.5"
                })
            .setInputCol("image")
            .setLabelCol("label")
            .setRunFolder(run.toString())
            .fit(labeled.union(labeled));

    assertThat(run.resolve("data/classes.txt")).hasContent("ant\nbee");
    assertThat(
            classifier
                .transform(HuggingFaceParquet.read(SPARK, file.toString()))
                .filter("prediction IN ('ant', 'bee')")
                .count())
        .isEqualTo(2);
  }
}
