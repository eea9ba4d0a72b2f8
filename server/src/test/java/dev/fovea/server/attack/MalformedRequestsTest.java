package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that lie about sizes, or contradict themselves, in HTTP and in the protocol over it. */
class MalformedRequestsTest {
  private static final String INFER = "/v2/models/small/infer";
  private static final int LARGEST = 1024 * 1024;

  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() {
    server =
        AttackedServer.start(
            folder,
            o -> o.largestBody(LARGEST).patience(Duration.ofSeconds(2), Duration.ofMillis(800)));
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @AfterEach
  void theServerStillAnswers() throws IOException {
    server.assertAnswers();
  }

  private static Wire.Reply infer(String json) throws IOException {
    return Wire.ask(server.port(), Wire.post(INFER, json));
  }

  private static void assertRefused(String json) throws IOException {
    Wire.Reply reply = infer(json);
    String start = json.substring(0, Math.min(120, json.length()));
    assertThat(reply.status()).as("%s: %s", start, reply.text()).isIn(400, 413);
    assertThat(reply.text()).as(start).contains("\"error\"");
    assertThat(reply.body().length).as("%s: length of the answer", start).isLessThan(2000);
  }

  private static String tensor(String shape, String datatype, String data) {
    return "{\"inputs\":[{\"name\":\"input\",\"shape\":"
        + shape
        + ",\"datatype\":\""
        + datatype
        + "\",\"data\":"
        + data
        + "}]}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1,3,32]",
        "[]",
        "[1,3,32,33]",
        "[0,3,32,32]",
        "[-1,3,32,32]",
        "[-1,-3,32,32]",
        "[1,3,-32,-32]",
        "[4294967297,3,32,32]",
        "[9223372036854775807,9223372036854775807,9223372036854775807,2]",
        "[4611686018427387904,4,1,1]",
        "[2147483648,3,32,32]",
        "[65536,65536,65536,65536]",
        "[1e308,3,32,32]",
        "[1.5,3,32,32]",
        "[\"1\",3,32,32]",
        "[[1],3,32,32]",
        "[null,3,32,32]",
        "1",
        "{}",
        "null",
        "[99999999999999999999999999999999999999,3,32,32]"
      })
  void shapesThatCannotBeAreRefused(String shape) throws IOException {
    assertRefused(tensor(shape, "FP32", "[0.5]"));
    assertRefused(tensor(shape, "BYTES", "[\"aGVsbG8=\"]"));
    assertRefused(tensor(shape, "UINT8", "[1,2,3]"));
  }

  @Test
  void aShapeWhoseProductIsNotTheNumberOfValuesIsRefused() throws IOException {
    String some = "[" + "0.5,".repeat(3 * 32 * 32 - 2) + "0.5]";
    assertRefused(tensor("[1,3,32,32]", "FP32", some));
    String more = "[" + "0.5,".repeat(3 * 32 * 32) + "0.5]";
    assertRefused(tensor("[1,3,32,32]", "FP32", more));
    assertRefused(tensor("[2,3,32,32]", "FP32", more));
  }

  @Test
  void numbersThatNoFloatHoldsDoNotReachTheNetwork() throws IOException {
    for (String value :
        List.of(
            "1e308",
            "-1e308",
            "1e99999999",
            "NaN",
            "Infinity",
            "\"x\"",
            "null",
            "true",
            "[1]",
            "0x10",
            "1" + "0".repeat(5000))) {
      String data = "[" + value + ",0.5".repeat(3 * 32 * 32 - 1) + "]";
      Wire.Reply reply = infer(tensor("[1,3,32,32]", "FP32", data));
      assertThat(reply.status())
          .as("%s: %s", value.substring(0, Math.min(20, value.length())), reply.text())
          .isEqualTo(400);
    }
  }

  @Test
  void nanAndInfinityInBinaryAreRefusedOrAnsweredInValidJson() throws IOException {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.MAX_VALUE}) {
      ByteBuffer data = ByteBuffer.allocate(3 * 32 * 32 * 4).order(ByteOrder.LITTLE_ENDIAN);
      while (data.hasRemaining()) {
        data.putFloat(value);
      }
      Wire.Reply reply =
          Wire.ask(server.port(), binary("[1,3,32,32]", "FP32", data.capacity(), data.array(), 0));
      assertThat(reply.status()).as("%s: %s", value, reply.text()).isIn(200, 400);
      if (reply.status() == 200) {
        // Neither is JSON.
        assertThat(reply.text()).doesNotContain("NaN,", "NaN]", "Infinity");
      }
    }
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    assertRefused("[".repeat(100_000));
    assertRefused("{\"a\":".repeat(50_000));
    assertRefused("{\"parameters\":{\"x\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}}");
    assertRefused(tensor("[1,3,32,32]", "FP32", "[".repeat(50_000) + "1" + "]".repeat(50_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "1",
        "\"x\"",
        "[]",
        "{}",
        "{",
        "}",
        "{\"inputs\":",
        "{\"inputs\":null}",
        "{\"inputs\":{}}",
        "{\"inputs\":[]}",
        "{\"inputs\":[null]}",
        "{\"inputs\":[{}]}",
        "{\"inputs\":[{\"name\":\"input\"}]}",
        "{\"inputs\":[{\"name\":null,\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"\"]}]}",
        "{\"inputs\":[{\"name\":\"other\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"\"]}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1]}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"bytes\",\"data\":[\"\"]}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\"}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[]}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":\"x\"}]}",
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"%%%\"]}]}",
        "{\"id\":7,\"inputs\":[]}",
        "{\"id\":\"\\ud800\",\"inputs\":[]}",
        "{\"inputs\":[],\"inputs\":[]}",
        "{} trailing",
        "{\"outputs\":5}",
        "\u0000",
        "<xml/>"
      })
  void whatIsNoRequestIsRefused(String json) throws IOException {
    assertRefused(json);
  }

  @Test
  void aNameThatComesTwiceIsRefused() throws IOException {
    String one =
        "{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"aGVsbG8=\"]}";
    assertRefused("{\"inputs\":[" + one + "," + one + "]}");
    assertRefused("{\"inputs\":[" + one + "],\"inputs\":[" + one + "]}");
    assertRefused(
        "{\"inputs\":[{\"name\":\"input\",\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\","
            + "\"data\":[\"aGVsbG8=\"]}]}");
    assertRefused(
        "{\"inputs\":[" + one + "],\"outputs\":[{\"name\":\"logits\"},{\"name\":\"logits\"}]}");
  }

  /** A request with a binary tensor that may lie: about its size, and by how much. */
  private static byte[] binary(
      String shape, String datatype, long said, byte[] data, int headerOff) {
    String json =
        "{\"inputs\":[{\"name\":\"input\",\"shape\":"
            + shape
            + ",\"datatype\":\""
            + datatype
            + "\",\"parameters\":{\"binary_data_size\":"
            + said
            + "}}]}";
    byte[] body = Arrays.copyOf(json.getBytes(StandardCharsets.UTF_8), json.length() + data.length);
    System.arraycopy(data, 0, body, json.length(), data.length);
    return Wire.post(
        INFER,
        body,
        "Content-Type: application/octet-stream",
        "Inference-Header-Content-Length: " + (json.length() + headerOff));
  }

  private static void assertRefused(byte[] request, Object what) throws IOException {
    Wire.Reply reply = Wire.ask(server.port(), request);
    assertThat(reply.status()).as("%s: %s", what, reply.text()).isIn(400, 413);
  }

  @Test
  void binarySizesThatLieAreRefused() throws IOException {
    byte[] picture = SmallModel.picture(1);
    byte[] element =
        ByteBuffer.allocate(4 + picture.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(picture.length)
            .put(picture)
            .array();
    assertThat(Wire.ask(server.port(), binary("[1]", "BYTES", element.length, element, 0)).status())
        .isEqualTo(200);
    for (long said :
        new long[] {
          0,
          1,
          3,
          4,
          element.length - 1,
          element.length + 1,
          -1,
          Integer.MAX_VALUE,
          1L << 31,
          (1L << 32) + element.length,
          Long.MAX_VALUE,
          Long.MIN_VALUE
        }) {
      assertRefused(binary("[1]", "BYTES", said, element, 0), said);
    }
    for (int off : new int[] {-1000, -20, -1, 1, 20, 1_000_000_000}) {
      assertRefused(binary("[1]", "BYTES", element.length, element, off), "header off by " + off);
    }
    assertRefused(binary("[2]", "BYTES", element.length, element, 0), "two for one");
    for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, picture.length + 1}) {
      byte[] lies = element.clone();
      ByteBuffer.wrap(lies).order(ByteOrder.LITTLE_ENDIAN).putInt(length);
      assertRefused(binary("[1]", "BYTES", lies.length, lies, 0), "an element of " + length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "abc", "", "99999999999999999999", "1.5", "0x10", "+5"})
  void anInferenceHeaderLengthThatIsNoLengthIsRefused(String length) throws IOException {
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    assertRefused(Wire.post(INFER, body, "Inference-Header-Content-Length: " + length), length);
  }

  @Test
  void manyTinyElementsAreRefusedWithoutWork() throws IOException {
    int count = LARGEST / 8;
    ByteBuffer many = ByteBuffer.allocate(4 * count);
    long start = System.nanoTime();
    assertRefused(binary("[" + count + "]", "BYTES", many.capacity(), many.array(), 0), "empty");
    assertRefused(
        tensor("[" + count + "]", "BYTES", "[" + "\"\",".repeat(count) + "\"\"]"), "in JSON");
    assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
  }

  private static void assertRefused(String json, String what) throws IOException {
    Wire.Reply reply = infer(json);
    assertThat(reply.status()).as("%s: %s", what, reply.text()).isIn(400, 413);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: -1",
        "Content-Length: 18446744073709551617",
        "Content-Length: 5, 6",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 0x5",
        "Content-Length: five",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        "Host: a\r\nHost: b",
        " X-Folded: 1",
        "X\u0000: 1",
        "X-A: a\u0000b",
        ": no name"
      })
  void headersThatAllowTwoReadingsEndTheConnection(String header) throws IOException {
    // What follows would be a request of its own for whoever reads the first one otherwise.
    String smuggled = "0\r\n\r\nGET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try (Wire wire = new Wire(server.port())) {
      wire.send(Wire.head("POST", "/v1/classify", header) + "\r\n" + smuggled);
      assertThat(wire.statusOrEnd()).isIn(400, 411, 413, 501, 0);
      assertThat(wire.statusOrEnd()).as("a second answer").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FFFFFFFFFFFFFFFF\r\n",
        "7FFFFFFFFFFFFFFF\r\n",
        "80000000\r\n",
        "100000000\r\nx",
        "-1\r\n",
        "zz\r\n",
        "\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5;",
        "5\nhello\n0\n\n"
      })
  void chunkSizesThatOverflowOrAreNoneAreRefused(String chunk) throws IOException {
    try (Wire wire = new Wire(server.port())) {
      wire.send(Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n" + chunk);
      // One whose size is in range waits for its bytes, and ends with the patience of the server.
      assertThat(wire.statusOrEnd()).isIn(400, 408, 413, 0);
    }
  }

  @Test
  void hundredThousandChunksOfOneByteAreBounded() throws IOException {
    byte[] all = new byte[6 * 100_000];
    byte[] one = "1\r\nx\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < all.length; i++) {
      all[i] = one[i % one.length];
    }
    try (Wire wire = new Wire(server.port())) {
      long start = System.nanoTime();
      wire.send(Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n");
      boolean taken =
          wire.sendsAll(all) && wire.sendsAll("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      // 100,000 letters are no image; whether the server reads them to the end is its matter.
      assertThat(wire.statusOrEnd()).as("all sent: %s", taken).isIn(400, 413, 0);
      assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
    }
  }

  @Test
  void chunkExtensionsAndTrailersWithoutEndAreBounded() throws IOException {
    try (Wire wire = new Wire(server.port())) {
      wire.send(Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n1;");
      byte[] much = "a".repeat(64 * 1024).getBytes(StandardCharsets.US_ASCII);
      int sent = 0;
      while (sent < 2000 && wire.sendsAll(much)) {
        sent++;
      }
      assertThat(sent).as("blocks of 64 KiB of extension that were taken").isLessThan(2000);
    }
    try (Wire wire = new Wire(server.port())) {
      wire.send(Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n0\r\n");
      byte[] trailer = ("X-T: " + "a".repeat(60_000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      int sent = 0;
      while (sent < 2000 && wire.sendsAll(trailer)) {
        sent++;
      }
      assertThat(sent).as("trailers of 60 KB that were taken").isLessThan(2000);
    }
  }

  @Test
  void aBodyThatUnpacksToFarMoreIsRefusedBeforeItDoes() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      byte[] zeros = new byte[1024 * 1024];
      for (int i = 0; i < 512; i++) {
        gzip.write(zeros);
      }
    }
    assertThat(packed.size()).isLessThan(LARGEST);
    for (String target : List.of("/v1/classify", INFER)) {
      for (String coding : List.of("gzip", "deflate", "br", "gzip, gzip")) {
        long start = System.nanoTime();
        Wire.Reply reply =
            Wire.ask(
                server.port(),
                Wire.post(target, packed.toByteArray(), "Content-Encoding: " + coding));
        assertThat(reply.status()).as("%s %s", target, coding).isIn(400, 413, 415);
        assertThat(System.nanoTime() - start).as(target).isLessThan(5_000_000_000L);
      }
    }
  }

  @Test
  void queriesThatAreMalformedAreRefused() throws IOException {
    byte[] picture = SmallModel.picture(1);
    for (String query :
        List.of(
            "model=small&top=-1",
            "model=small&top=99999999999999",
            "model=small&top=abc",
            "model=small&top=",
            "model=none",
            "model=",
            "model=%",
            "model=%zz",
            "model=%ff%fe",
            "model=small%00",
            "model=../small",
            "model=" + "small&model=".repeat(500) + "small")) {
      Wire.Reply reply = Wire.ask(server.port(), Wire.post("/v1/classify?" + query, picture));
      assertThat(reply.status())
          .as("%s: %s", query.substring(0, Math.min(60, query.length())), reply.text())
          .isIn(400, 404, 414);
      assertThat(reply.text()).contains("\"error\"");
    }
  }

  @Test
  void multipartBodiesThatNeverEndOrNestAreRefused() throws IOException {
    List<String> bodies = new ArrayList<>();
    bodies.add("");
    bodies.add("--b");
    bodies.add("--b\r\n");
    bodies.add("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n");
    bodies.add("--b--\r\n");
    bodies.add("--b\r\n".repeat(20_000));
    bodies.add("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n".repeat(10_000));
    bodies.add("--b\r\nX: " + "a".repeat(500_000));
    bodies.add(
        String.join(
            "\r\n",
            "--b",
            "Content-Disposition: form-data; name=\"image\"; filename=\"../../etc/x\"",
            "",
            "no image",
            "--b--",
            ""));
    for (String body : bodies) {
      Wire.Reply reply =
          Wire.ask(
              server.port(),
              Wire.post(
                  "/v1/classify",
                  body.getBytes(StandardCharsets.US_ASCII),
                  "Content-Type: multipart/form-data; boundary=b"));
      assertThat(reply.status())
          .as("%s: %s", body.substring(0, Math.min(60, body.length())), reply.text())
          .isIn(400, 413);
    }
    for (String type :
        List.of(
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"",
            "multipart/form-data; boundary=" + "b".repeat(5000))) {
      Wire.Reply reply =
          Wire.ask(
              server.port(),
              Wire.post(
                  "/v1/classify",
                  "--b--".getBytes(StandardCharsets.US_ASCII),
                  "Content-Type: " + type));
      assertThat(reply.status()).as(type).isIn(400, 415, 431);
    }
  }
}
