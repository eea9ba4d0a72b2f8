package dev.fovea.spark.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Classifier;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.eval.Prediction;
import dev.fovea.spark.Fixtures;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What PySpark makes of Fovea, with the jars of its own Spark. Runs with {@code -Pinterop
 * -Dfovea.python=PYTHON}, an interpreter that has {@code pyspark}.
 */
@Tag("interop")
class PySparkTest {
  private static final int PHOTOS = 6;

  @TempDir private static Path folder;

  /** What the program said, case by case. */
  private static final Map<String, Map<String, Object>> SAID = new HashMap<>();

  private static final List<Object> EXPECTED = new ArrayList<>();

  @BeforeAll
  static void ask() throws Exception {
    Path model = Fixtures.model(folder, "resnet20", 1);
    Path photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    try (Classifier classifier = Fixtures.open(model);
        Stream<Path> files = Files.list(photos)) {
      for (Path file : files.sorted().toList()) {
        Prediction answer = classifier.predict(file);
        List<Object> top = new ArrayList<>();
        answer.top(2).forEach(g -> top.add(List.of(g.name(), g.probability())));
        List<Object> row = new ArrayList<>(List.of(answer.best().name()));
        row.add(answer.best().probability());
        row.add(top);
        row.add("");
        EXPECTED.add(row);
      }
    }
    String python = Objects.requireNonNull(System.getProperty("fovea.python"), "fovea.python");
    ProcessBuilder builder =
        new ProcessBuilder(
            python,
            "src/test/resources/interop/pyspark_check.py",
            model.toString(),
            photos.toString(),
            folder.toString(),
            classPath());
    builder.environment().put("PYTHONPATH", Path.of("src/main/python").toAbsolutePath().toString());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    for (String line : said.lines().filter(l -> l.startsWith("{")).toList()) {
      Map<String, Object> one = JsonTree.parse(line, "what PySpark said");
      SAID.put(String.valueOf(one.get("case")), one);
    }
    assertThat(process.waitFor()).as("exit code of the program, which said: %s", said).isZero();
  }

  /** Fovea and what it needs beside Spark, which PySpark has. */
  private static String classPath() {
    return Stream.of(
            Objects.requireNonNull(System.getProperty("java.class.path"), "java.class.path")
                .split(File.pathSeparator))
        .filter(
            e ->
                e.endsWith("classes") && !e.endsWith("test-classes")
                    || e.contains("bytedeco")
                    || e.contains("jna")
                    || e.contains("fovea"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Object said(String name, String key) {
    Map<String, Object> one = SAID.get(name);
    assertThat(one).as(name).isNotNull();
    return Objects.requireNonNull(Objects.requireNonNull(one).get(key), key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stage", "loaded stage", "loaded pipeline", "function"})
  void answersAreThoseOfTheClassifier(String name) {
    assertThat(said(name, "answers")).isEqualTo(EXPECTED);
  }

  @Test
  void parametersHaveTheirDefaultsInPythonToo() {
    assertThat(String.valueOf(said("parameters", "topK"))).isEqualTo("2");
    assertThat(said("parameters", "inputCol")).isEqualTo("content");
    assertThat(String.valueOf(said("parameters", "explained")))
        .contains("batchSize: images computed together", "default: prediction");
  }

  @ParameterizedTest
  @ValueSource(strings = {"FoveaClassifier", "FoveaTrainer"})
  void parametersAreThoseOfJava(String stage) {
    Object java = said(stage, "java");
    assertThat(said(stage, "python")).isEqualTo(java);
    assertThat(said(stage, "arguments"))
        .isEqualTo(((Map<?, ?>) java).keySet().stream().sorted().toList());
  }

  @Test
  void anArgumentThatIsNoParameterIsNamedWithThoseThereAre() {
    assertThat(String.valueOf(said("misspelled", "message")))
        .startsWith("FoveaClassifier has no parameter 'modle'; it has batchSize, ");
  }

  @Test
  void aLoadedStageHasItsOwnModel() {
    assertThat(String.valueOf(said("loaded stage", "topK"))).isEqualTo("2");
    assertThat(String.valueOf(said("loaded stage", "model"))).endsWith("/stage/model.safetensors");
    assertThat(said("loaded pipeline", "stage")).isEqualTo("FoveaClassifier");
  }

  @Test
  void aSetInParquetIsScored() {
    assertThat(said("parquet", "columns"))
        .isEqualTo(List.of("image", "label", "prediction", "probability", "top", "reason"));
    assertThat(String.valueOf(said("parquet", "classified"))).isEqualTo("" + PHOTOS);
  }

  @Test
  void aMissingModelIsSaidInFoveasWords() {
    assertThat(String.valueOf(said("missing model", "message")))
        .contains("missing.safetensors: the driver has no such model file");
  }

  @Test
  void aTrainerGivesAClassifier() {
    assertThat(said("training", "stage")).isEqualTo("FoveaClassifier");
    assertThat(String.valueOf(said("training", "model"))).endsWith("/run/model.safetensors");
    assertThat(String.valueOf(said("training", "settings"))).contains("learning.length=2steps");
    assertThat(said("training", "defaults")).isEqualTo(List.of(List.of(), false));
    assertThat(said("training", "classes")).isEqualTo(List.of("even", "odd"));
  }
}
