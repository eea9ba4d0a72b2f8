package dev.fovea.server.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.Classifier;
import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.eval.Prediction;
import dev.fovea.server.attack.AttackedServer;
import dev.fovea.server.attack.SmallModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Triton's own client library, Python's {@code tritonclient}, makes of the server. Runs with
 * {@code -Pinterop -Dfovea.python=PYTHON}, an interpreter that has it.
 */
@Tag("interop")
class TritonClientTest {
  private static final int PICTURES = 5;
  private static final double EXACT = 1e-6;

  @TempDir private static Path folder;

  /** What the client said, question by question. */
  private static final Map<String, Map<String, Object>> SAID = new LinkedHashMap<>();

  private static final List<float[]> LOGITS = new ArrayList<>();
  private static final List<Prediction> PREDICTIONS = new ArrayList<>();
  private static float[] logitsOfPixels = new float[0];

  @BeforeAll
  static void ask() throws Exception {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      files.add(SmallModel.picture(i));
      Files.write(pictures.resolve(i + ".jpg"), files.get(i));
    }
    float[] pixels = new float[3 * SmallModel.SIDE * SmallModel.SIDE];
    ByteBuffer bytes = ByteBuffer.allocate(4 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(0.1 * i);
      bytes.putFloat(pixels[i]);
    }
    Files.write(pictures.resolve("pixels.f32"), bytes.array());
    try (AttackedServer server = AttackedServer.start(folder, o -> o)) {
      try (Classifier classifier = server.classifier()) {
        for (byte[] file : files) {
          InferenceResponse response = classifier.infer(InferenceRequest.ofImage(file)).join();
          LOGITS.add(response.logits());
          PREDICTIONS.add(response.prediction());
        }
        logitsOfPixels = classifier.infer(InferenceRequest.ofPixels(pixels)).join().logits();
      }
      String python =
          Objects.requireNonNull(System.getProperty("fovea.python"), "set -Dfovea.python");
      Process client =
          new ProcessBuilder(
                  python,
                  "src/test/resources/interop/triton_client.py",
                  "127.0.0.1:" + server.port(),
                  pictures.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      for (String line : said.lines().toList()) {
        Map<String, Object> one = object(line);
        SAID.put(String.valueOf(one.get("case")), one);
      }
      assertThat(client.waitFor()).as("exit code of the client, which said: %s", said).isZero();
    }
  }

  private static Object said(String name, String key) {
    assertThat(SAID).as("cases").containsKey(name);
    Map<String, Object> said = Objects.requireNonNull(SAID.get(name), name);
    return Objects.requireNonNull(said.get(key), name + ": " + key);
  }

  private static Object present(Map<?, ?> map, String key) {
    return Objects.requireNonNull(map.get(key), key);
  }

  private static void assertNear(Object numbers, float[] expected) {
    List<?> list = (List<?>) numbers;
    assertThat(list).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(((Number) list.get(i)).doubleValue())
          .isCloseTo(expected[i], within(EXACT * Math.max(1, Math.abs(expected[i]))));
    }
  }

  private static float[] probabilities(float[] logits) {
    double sum = 0;
    for (float v : logits) {
      sum += Math.exp(v);
    }
    float[] all = new float[logits.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (Math.exp(logits[i]) / sum);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"live", "ready", "model ready", "model ready with version", "aio live"})
  void itSeesThatServerAndModelAreReady(String name) {
    assertThat(said(name, "value")).isEqualTo(true);
  }

  @Test
  void itSeesThatAnUnknownModelIsNot() {
    assertThat(said("no model ready", "value")).isEqualTo(false);
  }

  @Test
  void itReadsTheMetadataOfServerAndModel() {
    Map<?, ?> server = (Map<?, ?>) said("server", "value");
    assertThat(((List<?>) present(server, "extensions")).stream().map(String::valueOf).toList())
        .contains("binary_tensor_data", "classification", "statistics", "model_repository");
    Map<?, ?> model = (Map<?, ?>) said("model", "value");
    assertThat(model.get("name")).isEqualTo("small");
    assertThat(String.valueOf(model.get("inputs")))
        .contains("name=input", "datatype=FP32", "[-1, 3, 32, 32]");
    assertThat(String.valueOf(model.get("outputs")))
        .contains("name=probabilities", "name=logits", "[-1, " + LOGITS.get(0).length + "]");
  }

  @Test
  void itReadsTheIndexOfModels() {
    assertThat(String.valueOf(said("index", "value"))).contains("name=small", "state=READY");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FP32 JSON",
        "FP32 binary",
        "timeout of ten seconds",
        "compressed None None",
        "compressed gzip None",
        "compressed deflate None",
        "compressed None gzip",
        "compressed None deflate",
        "compressed gzip gzip",
        "compressed deflate deflate",
        "compressed gzip deflate",
        "compressed deflate gzip"
      })
  void normalizedPixelsHaveTheLogitsOfTheLibrary(String name) {
    List<?> rows = (List<?>) said(name, "logits");
    assertThat(rows).hasSize(1);
    assertNear(rows.get(0), logitsOfPixels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BYTES, answered in JSON", "BYTES, answered in binary", "aio"})
  void encodedPicturesHaveTheLogitsOfTheLibraryInTheirOrder(String name) {
    List<?> rows = (List<?>) said(name, "logits");
    assertThat(rows).hasSize(PICTURES);
    for (int i = 0; i < PICTURES; i++) {
      assertNear(rows.get(i), LOGITS.get(i));
    }
  }

  @Test
  void requestsSentAtOnceHaveEachItsOwnAnswer() {
    List<?> rows = (List<?>) said("async", "logits");
    assertThat(rows).hasSize(24);
    for (int i = 0; i < rows.size(); i++) {
      assertNear(rows.get(i), LOGITS.get(i % PICTURES));
    }
  }

  @Test
  void withoutOutputsItGetsProbabilities() {
    assertThat(said("no outputs named", "outputs")).isEqualTo(List.of("probabilities"));
    List<?> rows = (List<?>) said("no outputs named", "probabilities");
    assertNear(rows.get(0), probabilities(LOGITS.get(0)));
    assertNear(
        ((List<?>) said("FP32 JSON", "probabilities")).get(0), probabilities(logitsOfPixels));
  }

  @Test
  void theIdComesBack() {
    assertThat(said("id", "value")).isEqualTo("number 7");
    assertThat(said("id", "name")).isEqualTo("small");
  }

  @ParameterizedTest
  @ValueSource(strings = {"classification JSON", "classification binary"})
  void theClassificationExtensionNamesTheBestClasses(String name) {
    assertThat(said(name, "shape")).isEqualTo(List.of(2, 3));
    List<?> rows = (List<?>) said(name, "rows");
    for (int i = 0; i < 6; i++) {
      Prediction.Guess expected = PREDICTIONS.get(i / 3).guesses().get(i % 3);
      String[] parts = String.valueOf(rows.get(i)).split(":", 3);
      assertThat(Double.parseDouble(parts[0])).isCloseTo(expected.probability(), within(1e-5));
      assertThat(parts[1]).isEqualTo(String.valueOf(expected.index()));
      assertThat(parts[2]).isEqualTo(expected.name());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"unknown model", "wrong shape", "wrong type", "no picture", "unknown output"})
  void errorsArriveWithAMessage(String name) {
    assertThat(String.valueOf(said(name, "error"))).hasSizeGreaterThan(15);
    assertThat(String.valueOf(said(name, "status")))
        .isEqualTo(name.equals("unknown model") ? "404" : "400");
  }

  @Test
  void statisticsCountWhatWasAsked() {
    for (String name : List.of("statistics", "all statistics")) {
      Map<?, ?> value = (Map<?, ?>) said(name, "value");
      Map<?, ?> model = (Map<?, ?>) ((List<?>) present(value, "model_stats")).get(0);
      assertThat(model.get("name")).isEqualTo("small");
      assertThat(((Number) present(model, "inference_count")).intValue()).isGreaterThan(40);
      Map<?, ?> times = (Map<?, ?>) present(model, "inference_stats");
      for (String kind : List.of("success", "fail", "queue", "compute_infer")) {
        assertThat(String.valueOf(times.get(kind))).contains("count", "ns");
      }
    }
  }

  /** A line of JSON as maps, lists, numbers, text and truth values. */
  private static Map<String, Object> object(String line) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(line)) {
      json.nextToken();
      Map<String, Object> map = new LinkedHashMap<>();
      map(json, map);
      return map;
    }
  }

  private static void map(JsonParser json, Map<String, Object> map) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      Object value = value(json);
      if (value != null) {
        map.put(name, value);
      }
    }
  }

  private static @org.jspecify.annotations.Nullable Object value(JsonParser json)
      throws IOException {
    switch (json.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map(json, map);
        return map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          Object element = value(json);
          list.add(element == null ? "null" : element);
        }
        return list;
      }
      case VALUE_NULL -> {
        return null;
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return json.getBooleanValue();
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return json.getNumberValue();
      }
      default -> {
        return json.getText();
      }
    }
  }
}
