package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of damaged requests: none may be answered with an error of the server, none may hang,
 * and none may hurt those that follow. Seeded; {@code -Dfovea.fuzz.seed} and {@code
 * -Dfovea.fuzz.requests} try others and more.
 */
class FuzzTest {
  private static final long SEED = Long.getLong("fovea.fuzz.seed", 20261128);
  private static final int REQUESTS = Integer.getInteger("fovea.fuzz.requests", 1500);
  private static final String INFER = "/v2/models/small/infer";

  private static final List<String> WORDS =
      List.of(
          "-1",
          "0",
          "9223372036854775808",
          "1e308",
          "NaN",
          "null",
          "[",
          "]",
          "{",
          "}",
          "\"",
          "\\u0000",
          "\\",
          ",",
          ":",
          "\r\n",
          "\r\n\r\n",
          "\n",
          "\0",
          "%00",
          "%2f",
          "..",
          "//",
          "?",
          "&",
          "#",
          ";",
          "é",
          "\u00ff",
          "chunked",
          "Transfer-Encoding: chunked\r\n",
          "Content-Length: 3\r\n",
          "Content-Encoding: gzip\r\n",
          "HTTP/1.0",
          "HTTP/2.0",
          "shape",
          "datatype",
          "BYTES",
          "UINT8",
          "FP32",
          "binary_data_size",
          "inputs",
          "outputs",
          "input",
          "classification",
          "timeout",
          "Inference-Header-Content-Length: 9\r\n",
          "Expect: 100-continue\r\n",
          "Connection: close\r\n",
          "Upgrade: h2c\r\n",
          "PUT",
          "TRACE");

  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() {
    server =
        AttackedServer.start(
            folder,
            o ->
                o.largestBody(128 * 1024)
                    .patience(Duration.ofMillis(700), Duration.ofMillis(700))
                    .allowReload());
  }

  @AfterAll
  static void end() {
    server.close();
  }

  /** Sends changed requests, and looks at each answer. */
  private static void fuzz(
      List<byte[]> seeds, int count, BiFunction<byte[], SplittableRandom, byte[]> change)
      throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < count; i++) {
      byte[] request = change.apply(seeds.get(i % seeds.size()), random);
      try (Wire wire = new Wire(server.port())) {
        boolean sent = wire.sendsAll(request);
        // Whoever says no more waits for no more: a request without its end has one now.
        wire.sendsNoMore();
        int status = wire.statusOrEnd();
        assertThat(status)
            .as("request %d of seed %d, all sent: %s%n%s", i, SEED, sent, shown(request))
            .matches(s -> s == 0 || s >= 100 && s < 500 || s == 503 || s == 501 || s == 505);
      }
      if (i % 250 == 249) {
        server.assertAnswers();
      }
    }
    server.assertAnswers();
  }

  private static String shown(byte[] request) {
    return new String(request, 0, Math.min(600, request.length), StandardCharsets.ISO_8859_1);
  }

  private static byte[] damaged(byte[] request, SplittableRandom random, int from) {
    byte[] result = request.clone();
    int times = 1 + random.nextInt(4);
    for (int i = 0; i < times; i++) {
      int at = from + random.nextInt(Math.max(1, result.length - from));
      int length = Math.min(result.length - at, 1 + random.nextInt(40));
      switch (random.nextInt(6)) {
        case 0 -> result[Math.min(at, result.length - 1)] = (byte) random.nextInt(256);
        case 1 -> result = spliced(result, at, length, new byte[0]);
        case 2 -> result = spliced(result, at, 0, Arrays.copyOfRange(result, at, at + length));
        case 3 -> {
          String word = WORDS.get(random.nextInt(WORDS.size()));
          result = spliced(result, at, 0, word.getBytes(StandardCharsets.ISO_8859_1));
        }
        case 4 -> {
          String word = WORDS.get(random.nextInt(WORDS.size()));
          result = spliced(result, at, length, word.getBytes(StandardCharsets.ISO_8859_1));
        }
        default -> result = random.nextInt(4) == 0 ? Arrays.copyOf(result, at) : result;
      }
      if (result.length <= from) {
        return request;
      }
    }
    return result;
  }

  private static byte[] spliced(byte[] all, int at, int removed, byte[] inserted) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(all, 0, at);
    out.writeBytes(inserted);
    out.write(all, at + removed, all.length - at - removed);
    return out.toByteArray();
  }

  @Test
  void damagedHttpIsAnsweredWithTheClientsError() throws IOException {
    byte[] picture = SmallModel.picture(3);
    List<byte[]> seeds =
        List.of(
            Wire.get("/v2/models/small").getBytes(StandardCharsets.US_ASCII),
            Wire.get("/metrics").getBytes(StandardCharsets.US_ASCII),
            Wire.post("/v1/classify?model=small&top=3", picture, "Content-Type: image/jpeg"),
            Wire.post("/v2/repository/index", "{}"),
            Wire.post("/v2/repository/models/small/load", "{}"),
            (Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked")
                    + "\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX: y\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    fuzz(seeds, REQUESTS, (request, random) -> damaged(request, random, 0));
  }

  @Test
  void damagedBodiesOfInferenceAreAnsweredWithTheClientsError() throws IOException {
    String image = java.util.Base64.getEncoder().encodeToString(SmallModel.picture(4));
    String numbers = "0.25,".repeat(3 * 32 * 32 - 1) + "0.25";
    List<byte[]> seeds =
        List.of(
            bytes(
                """
                {"id":"a","inputs":[{"name":"input","shape":[1],"datatype":"BYTES",\
                "data":["%s"]}],"outputs":[{"name":"logits"}]}\
                """
                    .formatted(image)),
            bytes(
                """
                {"inputs":[{"name":"input","shape":[1,3,32,32],"datatype":"FP32",\
                "data":[%s]}],"outputs":[{"name":"probabilities","parameters":\
                {"classification":3}}],"parameters":{"timeout":100000}}\
                """
                    .formatted(numbers)),
            bytes(
                """
                {"inputs":[{"name":"input","shape":[1,2,2,3],"datatype":"UINT8",\
                "data":[1,2,3,4,5,6,7,8,9,10,11,12]}]}\
                """));
    // The length is that of the damaged body: what is tested is what the server makes of the body.
    fuzz(
        seeds,
        REQUESTS,
        (body, random) ->
            Wire.post(INFER, damaged(body, random, 0), "Content-Type: application/json"));
  }

  @Test
  void damagedBinaryTensorsAreAnsweredWithTheClientsError() throws IOException {
    byte[] picture = SmallModel.picture(5);
    ByteBuffer tensor =
        ByteBuffer.allocate(2 * (4 + picture.length)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 2; i++) {
      tensor.putInt(picture.length).put(picture);
    }
    byte[] json =
        bytes(
            """
            {"inputs":[{"name":"input","shape":[2],"datatype":"BYTES","parameters":\
            {"binary_data_size":%d}}],"outputs":[{"name":"logits","parameters":\
            {"binary_data":true}}]}\
            """
                .formatted(tensor.capacity()));
    byte[] body = Arrays.copyOf(json, json.length + tensor.capacity());
    System.arraycopy(tensor.array(), 0, body, json.length, tensor.capacity());
    fuzz(
        List.of(body),
        REQUESTS / 2,
        (seed, random) ->
            Wire.post(
                INFER,
                damaged(seed, random, random.nextBoolean() ? 0 : json.length),
                "Inference-Header-Content-Length: "
                    + (random.nextInt(3) == 0
                        ? json.length + random.nextInt(-20, 20)
                        : json.length)));
  }

  @Test
  void damagedPicturesAreRefusedOrAnswered() throws IOException {
    List<byte[]> seeds = List.of(SmallModel.picture(6), SmallModel.picture(7, 200));
    fuzz(
        seeds,
        REQUESTS / 2,
        (picture, random) -> Wire.post("/v1/classify", damaged(picture, random, 2)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
