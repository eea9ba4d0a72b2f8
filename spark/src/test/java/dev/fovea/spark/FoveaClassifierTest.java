package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.Classifier;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.eval.Prediction;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoveaClassifierTest {
  private static final int PHOTOS = 24;
  private static final String[] ANSWERS = {"prediction", "probability", "top", "reason"};

  @TempDir private static Path folder;

  private static final SparkSession SPARK = LocalSpark.session();
  private static Path photos = Path.of("");
  private static Path model = Path.of("");

  @BeforeAll
  static void makePhotos() throws IOException {
    photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    model = Fixtures.model(folder, "resnet20", 1);
  }

  private static FoveaClassifier stage() {
    return new FoveaClassifier()
        .setModel(model.toString())
        .setPrecision("f32")
        .setBatchSize(Fixtures.BATCH);
  }

  private static Dataset<Row> files() {
    return SPARK.read().format("binaryFile").load(photos.toString());
  }

  private static Dataset<Row> images(@Nullable Object... contents) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < contents.length; i++) {
      rows.add(RowFactory.create("image" + i, contents[i]));
    }
    return SPARK.createDataFrame(
        rows,
        new StructType().add("path", DataTypes.StringType).add("content", DataTypes.BinaryType));
  }

  @Test
  void answersAreThoseOfTheClassifier() {
    List<Row> rows =
        stage()
            .setEmbeddingCol("features")
            .setTopK(3)
            .transform(files())
            .select("path", "prediction", "probability", "top", "reason", "features")
            .collectAsList();

    assertThat(rows).hasSize(PHOTOS);
    try (Classifier classifier = Fixtures.open(model)) {
      for (Row row : rows) {
        Path file = Path.of(URI.create(row.getString(0)));
        Prediction expected = classifier.predict(file);
        assertThat(row.getString(1)).isEqualTo(expected.best().name());
        assertThat(row.getDouble(2)).isEqualTo(expected.best().probability());
        assertThat(row.<Row>getList(3).stream().map(r -> r.getString(0) + " " + r.getDouble(1)))
            .containsExactlyElementsOf(
                expected.top(3).stream().map(g -> g.name() + " " + g.probability()).toList());
        assertThat(row.isNullAt(4)).isTrue();
        List<Float> features = row.getList(5);
        float[] embedding = classifier.embed(file).values();
        assertThat(features).hasSize(embedding.length);
        for (int i = 0; i < embedding.length; i++) {
          assertThat(features.get(i)).isEqualTo(embedding[i]);
        }
      }
    }
    assertThat(rows).extracting(r -> r.getDouble(2)).doesNotHaveDuplicates();
  }

  @Test
  void rowsKeepTheirColumnsAndTheirOrder() {
    Dataset<Row> set = files().orderBy("path").coalesce(1);

    Dataset<Row> scored = stage().setBatchSize(5).transform(set);

    assertThat(scored.schema()).isEqualTo(stage().transformSchema(set.schema()));
    assertThat(scored.columns())
        .containsExactly(
            "path",
            "modificationTime",
            "length",
            "content",
            "prediction",
            "probability",
            "top",
            "reason");
    assertThat(scored.drop(ANSWERS).collectAsList()).isEqualTo(set.collectAsList());
  }

  @Test
  void answersDoNotDependOnThePartitions() {
    List<Row> one = tops(stage().transform(files().coalesce(1)).orderBy("path"));
    List<Row> many = tops(stage().transform(files().repartition(5)).orderBy("path"));

    assertThat(many).isEqualTo(one);
  }

  @Test
  void whatIsNoImageHasAReasonAndFailsNothing() {
    byte[] whole = Fixtures.file(Fixtures.picture(1), "jpg");
    byte[] damaged = Arrays.copyOf(whole, 40);

    List<Row> rows =
        stage()
            .setEmbeddingCol("features")
            .transform(
                images(
                    whole, null, new byte[0], "no image".getBytes(StandardCharsets.UTF_8), damaged))
            .collectAsList();

    assertThat(rows).hasSize(5);
    assertThat(rows.get(0).<String>getAs("reason")).isNull();
    assertThat(rows.get(0).<String>getAs("prediction")).startsWith("class");
    for (Row row : rows.subList(1, 5)) {
      for (String column : List.of("prediction", "probability", "top", "features")) {
        assertThat(row.<Object>getAs(column)).as(column).isNull();
      }
      assertThat(row.<String>getAs("reason"))
          .startsWith("cannot read image " + row.<String>getAs("path") + ": ")
          .doesNotContain("\n");
    }
    assertThat(rows.get(1).<String>getAs("reason"))
        .isEqualTo("cannot read image image1: the value is null");
    assertThat(rows.get(2).<String>getAs("reason"))
        .isEqualTo("cannot read image image2: it is empty, it has 0 bytes");
  }

  @Test
  void columnsWithoutNameAreLeftOut() {
    Dataset<Row> scored =
        stage().setTopCol("").setProbabilityCol("").setReasonCol("").transform(files());

    assertThat(scored.columns()).endsWith("content", "prediction");
    assertThat(scored.filter("prediction LIKE 'class%'").count()).isEqualTo(PHOTOS);
  }

  @Test
  void structsWithBytesAreRead() {
    Dataset<Row> set =
        files()
            .select(
                functions
                    .struct(functions.col("content").as("bytes"), functions.col("path"))
                    .as("image"));

    List<Row> rows = stage().setInputCol("image").transform(set).select("top").collectAsList();

    assertThat(rows).containsExactlyInAnyOrderElementsOf(tops(stage().transform(files())));
  }

  private static List<Row> tops(Dataset<Row> scored) {
    return scored.select("top").collectAsList();
  }

  @Test
  void imagesThatSparkHasDecodedAreRead() {
    Dataset<Row> set = SPARK.read().format("image").load(photos.toString());

    List<Row> rows =
        stage()
            .setInputCol("image")
            .transform(set)
            .orderBy("image.origin")
            .select("prediction", "probability")
            .collectAsList();

    // PNG is lossless, and without alpha and profiles all decoders agree.
    assertThat(rows)
        .isEqualTo(
            stage()
                .transform(files())
                .orderBy("path")
                .select("prediction", "probability")
                .collectAsList());
  }

  @Test
  void aMissingColumnIsNamedWithThoseThereAre() {
    assertThatThrownBy(() -> stage().setInputCol("photo").transform(files()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no column 'photo'")
        .hasMessageContaining("path: string")
        .hasMessageContaining("content: binary");
  }

  @Test
  void aColumnOfAnotherTypeIsRefusedWithTheTypesThatAreRead() {
    assertThatThrownBy(() -> stage().setInputCol("length").transformSchema(files().schema()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column 'length' holds no images, its type is bigint")
        .hasMessageContaining("expected binary")
        .hasMessageContaining("content: binary");
  }

  @Test
  void anOutputColumnThatIsThereIsNotReplaced() {
    assertThatThrownBy(() -> stage().setReasonCol("Path").transform(files()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output column 'Path' is there already");
  }

  @Test
  void aModelThatCannotBeUsedFailsBeforeTheJob() throws IOException {
    Path missing = folder.resolve("missing.safetensors");
    assertThatThrownBy(() -> stage().setModel(missing.toString()).transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("no such model file");
    assertThatThrownBy(() -> new FoveaClassifier().transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no model is set");
    Path damaged = folder.resolve("damaged.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 1] ^= 1;
    Files.write(damaged, bytes);
    assertThatThrownBy(() -> stage().setModel(damaged.toString()).transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(damaged.toString());
  }

  @Test
  void aPrecisionThatDoesNotExistFailsBeforeTheJob() {
    assertThatThrownBy(() -> stage().setPrecision("f16").transform(files()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no precision 'f16'");
  }

  @Test
  void anotherModelThanExpectedIsRefused() {
    assertThatThrownBy(() -> stage().setModelSha256("ab".repeat(32)).transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("the model has changed")
        .hasMessageContaining("ab".repeat(32));
  }

  @Test
  void aModelWithoutEmbeddingsSaysSoBeforeTheJob() {
    GraphBuilder g = new GraphBuilder("squeezed");
    Node x = g.input(Shape.of(3, Fixtures.SIDE, Fixtures.SIDE));
    x = g.relu("relu1", g.conv("conv1", x, Op.Conv2d.of(16, Window.square(3))));
    x = g.conv("conv2", x, Op.Conv2d.of(10, Window.square(1)));
    Graph graph = g.build(g.flatten("flatten", g.globalAvgPool("mean", x)));
    Path squeezed = Fixtures.model(folder, graph, 1);

    assertThat(stage().setModel(squeezed.toString()).transform(files()).count()).isEqualTo(PHOTOS);
    assertThatThrownBy(
            () ->
                stage()
                    .setModel(squeezed.toString())
                    .setEmbeddingCol("features")
                    .transform(files()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not end in a linear layer")
        .hasMessageContaining("set no embeddingCol");
  }

  @Test
  void twoModelsAnswerInOneExecutor() {
    Path other = Fixtures.model(folder, "resnet20", 2);
    Dataset<Row> both =
        stage()
            .setPredictionCol("second")
            .setProbabilityCol("second_probability")
            .setTopCol("")
            .setReasonCol("")
            .setModel(other.toString())
            .transform(stage().transform(files()));

    List<Row> rows = both.select("path", "probability", "second_probability").collectAsList();

    assertThat(rows).hasSize(PHOTOS);
    try (Classifier first = Fixtures.open(model);
        Classifier second = Fixtures.open(other)) {
      for (Row row : rows) {
        Path file = Path.of(URI.create(row.getString(0)));
        assertThat(row.getDouble(1)).isEqualTo(first.predict(file).best().probability());
        assertThat(row.getDouble(2)).isEqualTo(second.predict(file).best().probability());
        assertThat(row.getDouble(1)).isNotCloseTo(row.getDouble(2), within(1e-12));
      }
    }
  }

  @Test
  void aJobThatReadsOnlySomeRowsGetsThem() {
    assertThat(stage().transform(files()).select("prediction").limit(3).collectAsList()).hasSize(3);
  }

  @Test
  void grayAndTransparentPicturesOfSparkAreRead() throws IOException {
    Path mixed = Files.createDirectories(folder.resolve("mixed"));
    BufferedImage gray = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
    gray.getGraphics().drawImage(Fixtures.picture(3), 0, 0, null);
    Files.write(mixed.resolve("gray.png"), Fixtures.file(gray, "png"));
    BufferedImage alpha = new BufferedImage(40, 30, BufferedImage.TYPE_4BYTE_ABGR);
    alpha.getGraphics().drawImage(Fixtures.picture(4), 0, 0, null);
    Files.write(mixed.resolve("alpha.png"), Fixtures.file(alpha, "png"));
    Files.writeString(mixed.resolve("none.png"), "no image");

    List<Row> decoded =
        stage()
            .setInputCol("image")
            .transform(SPARK.read().format("image").load(mixed.toString()))
            .orderBy("image.origin")
            .select("prediction", "probability", "reason")
            .collectAsList();

    try (Classifier classifier = Fixtures.open(model)) {
      assertThat(decoded).hasSize(3);
      assertThat(decoded.get(0).getDouble(1))
          .isEqualTo(classifier.predict(mixed.resolve("alpha.png")).best().probability());
      assertThat(decoded.get(1).getDouble(1))
          .isEqualTo(classifier.predict(mixed.resolve("gray.png")).best().probability());
    }
    assertThat(decoded.get(2).getString(2)).contains("none.png").contains("could not decode it");
  }
}
