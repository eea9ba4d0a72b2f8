package dev.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Classifier;
import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.data.image.Image;
import dev.fovea.eval.Prediction;
import dev.fovea.server.model.TestModels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ServerTest {
  private static final int CLASSES = 4;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir static Path folder;
  private static Path file;
  private static Server server;
  private static Classifier classifier;
  private static byte[] png;

  @BeforeAll
  static void start() throws IOException {
    file = TestModels.write(folder.resolve("tiny.safetensors"), 7, CLASSES);
    classifier = Classifier.open(file, TestModels.options());
    server = Server.start(options().model("other", file).accessLog(r -> {}));
    png = png(30, 20);
  }

  @AfterAll
  static void stop() {
    server.close();
    classifier.close();
  }

  private static ServerOptions options() {
    return ServerOptions.standard()
        .model("tiny", file)
        .port(0)
        .classifier(TestModels.options())
        .log(line -> {});
  }

  private static byte[] png(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(3);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, random.nextInt(1 << 24));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private static HttpRequest.Builder to(Server at, String path) {
    return HttpRequest.newBuilder(URI.create(at.address() + path)).timeout(Duration.ofSeconds(20));
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
  }

  private static HttpResponse<byte[]> post(String path, byte[] body, String... headers)
      throws Exception {
    HttpRequest.Builder request = to(server, path).POST(BodyPublishers.ofByteArray(body));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  /** The numbers after {@code "data":[}, as floats. */
  private static float[] data(String json) {
    String numbers = json.substring(json.indexOf("\"data\":[") + 8);
    String[] parts = numbers.substring(0, numbers.indexOf(']')).split(",");
    float[] values = new float[parts.length];
    for (int i = 0; i < parts.length; i++) {
      values[i] = Float.parseFloat(parts[i]);
    }
    return values;
  }

  private static float[] floats(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }

  @Test
  void theProtocolsDocumentsAreThere() throws Exception {
    assertThat(text(send(to(server, "/v2"))))
        .startsWith("{\"name\":\"fovea\",\"version\":")
        .contains("\"extensions\":[\"binary_tensor_data\"");
    assertThat(text(send(to(server, "/v2/models/tiny"))))
        .isEqualTo(
            "{\"name\":\"tiny\",\"versions\":[\"1\"],\"platform\":\"fovea\",\"inputs\":[{\"name\":"
                + "\"input\",\"datatype\":\"FP32\",\"shape\":[-1,3,16,16]}],\"outputs\":[{\"name\":"
                + "\"probabilities\",\"datatype\":\"FP32\",\"shape\":[-1,4]},{\"name\":\"logits\","
                + "\"datatype\":\"FP32\",\"shape\":[-1,4]}]}");
    assertThat(text(send(to(server, "/v2/health/live")))).isEqualTo("{\"live\":true}");
    assertThat(text(send(to(server, "/v2/health/ready")))).isEqualTo("{\"ready\":true}");
    assertThat(text(send(to(server, "/v2/models/tiny/versions/1/ready"))))
        .isEqualTo("{\"name\":\"tiny\",\"ready\":true}");
    assertThat(text(post("/v2/repository/index", new byte[0])))
        .isEqualTo(
            "[{\"name\":\"tiny\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"},"
                + "{\"name\":\"other\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"}]");
    assertThat(text(send(to(server, "/v2/models"))))
        .contains("\"network\":", "\"classes\":4", "\"input\":[3,16,16]");
  }

  @Test
  void encodedImagesGetTheClassifiersAnswerThroughEveryDoor() throws Exception {
    Prediction expected = classifier.predict(png);
    String guess =
        "\"class\":\""
            + expected.best().name()
            + "\",\"index\":"
            + expected.best().index()
            + ",\"probability\":"
            + expected.best().probability();
    assertThat(text(post("/v1/classify?model=tiny", png))).contains(guess);
    byte[] form = form("image", png);
    String both =
        text(
            post(
                "/v1/classify?model=tiny&model=other&top=1",
                form,
                "Content-Type",
                "multipart/form-data; boundary=xyz"));
    assertThat(both.split(java.util.regex.Pattern.quote(guess), -1)).hasSize(3);

    float[] probabilities = floats(expected.probabilities());
    String base64 = Base64.getEncoder().encodeToString(png);
    String json =
        "{'inputs':[{'name':'input','datatype':'BYTES','shape':[1],'data':['" + base64 + "']}]}";
    assertThat(data(text(post("/v2/models/tiny/infer", bytes(json))))).isEqualTo(probabilities);

    String header =
        "{'id':'a','parameters':{'binary_data_output':true},'inputs':[{'name':'input','datatype':"
            + "'BYTES','shape':[1,1],'parameters':{'binary_data_size':"
            + (png.length + 4)
            + "}}]}";
    byte[] tail =
        ByteBuffer.allocate(png.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(png.length)
            .put(png)
            .array();
    assertThat(binary(header, tail, CLASSES)).isEqualTo(probabilities);
  }

  private static byte[] form(String part, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ("--xyz\r\nContent-Disposition: form-data; name=\""
                + part
                + "\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8));
    out.writeBytes(content);
    out.writeBytes("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /** Sends a binary request, and returns the numbers of the only output, sent as bytes too. */
  private static float[] binary(String json, byte[] tail, int count) throws Exception {
    byte[] head = bytes(json);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(head);
    body.writeBytes(tail);
    HttpResponse<byte[]> answer =
        post(
            "/v2/models/tiny/infer",
            body.toByteArray(),
            "Inference-Header-Content-Length",
            "" + head.length);
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    int length =
        Integer.parseInt(
            answer.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
    assertThat(text(answer).substring(0, length))
        .contains("\"parameters\":{\"binary_data_size\":" + 4 * count + "}");
    ByteBuffer numbers =
        ByteBuffer.wrap(answer.body(), length, answer.body().length - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[count];
    numbers.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void numbersAndPixelsGetTheClassifiersAnswerToo() throws Exception {
    float[] pixels = new float[2 * 3 * TestModels.SIDE * TestModels.SIDE];
    Random random = new Random(5);
    ByteBuffer tail = ByteBuffer.allocate(4 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
      tail.putFloat(pixels[i]);
      list.append(i == 0 ? "" : ",").append(pixels[i]);
    }
    float[] expected = new float[2 * CLASSES];
    for (int n = 0; n < 2; n++) {
      float[] one = new float[pixels.length / 2];
      System.arraycopy(pixels, n * one.length, one, 0, one.length);
      InferenceResponse answer = classifier.infer(InferenceRequest.ofPixels(one)).join();
      System.arraycopy(answer.logits(), 0, expected, n * CLASSES, CLASSES);
    }
    String input = "{'inputs':[{'name':'input','datatype':'FP32','shape':[2,3,16,16],";
    String json = input + "'data':[" + list + "]}],'outputs':[{'name':'logits'}]}";
    assertThat(data(text(post("/v2/models/tiny/infer", bytes(json))))).isEqualTo(expected);
    String header =
        input
            + "'parameters':{'binary_data_size':"
            + tail.capacity()
            + "}}],'outputs':[{'name':'logits','parameters':{'binary_data':true}}]}";
    assertThat(binary(header, tail.array(), 2 * CLASSES)).isEqualTo(expected);

    byte[] rgb = new byte[5 * 6 * 3];
    random.nextBytes(rgb);
    StringBuilder bytes = new StringBuilder();
    for (byte b : rgb) {
      bytes.append(bytes.length() == 0 ? "" : ",").append(b & 0xff);
    }
    String uint8 =
        "{'inputs':[{'name':'input','datatype':'UINT8','shape':[1,5,6,3],'data':[" + bytes + "]}]}";
    assertThat(data(text(post("/v2/models/tiny/infer", bytes(uint8)))))
        .isEqualTo(floats(classifier.predict(new Image(6, 5, rgb)).probabilities()));
  }

  @Test
  void anExplanationHasItsMapAndPictures() throws Exception {
    String answer = text(post("/v1/explain?model=tiny&class=class2", png));
    assertThat(answer)
        .startsWith("{\"model\":\"tiny\",\"network\":\"tiny\",\"method\":\"grad-cam\",")
        .contains("\"class\":\"class2\",\"index\":2,\"probability\":", "\"layer\":", "\"map\":{");
    String overlay = answer.substring(answer.indexOf("\"overlay\":\"") + 11);
    byte[] picture = Base64.getDecoder().decode(overlay.substring(0, overlay.indexOf('"')));
    BufferedImage drawn = ImageIO.read(new java.io.ByteArrayInputStream(picture));
    assertThat(drawn.getWidth()).isEqualTo(TestModels.SIDE);
    assertThat(text(post("/v2/models/tiny/explain?class=0&versus=1&method=occlusion", png)))
        .contains("\"versus\":{\"class\":\"class1\",\"index\":1");
    assertThat(text(post("/v1/explain?model=tiny&method=guess", png)))
        .contains("error", "grad-cam");
    assertThat(post("/v1/explain?model=tiny&class=none", png).statusCode()).isEqualTo(400);
  }

  @Test
  void theBestClassesAreNamedAsTritonNamesThem() throws Exception {
    Prediction expected = classifier.predict(png);
    String json =
        "{'inputs':[{'name':'input','datatype':'BYTES','shape':[1],'data':['"
            + Base64.getEncoder().encodeToString(png)
            + "']}],'outputs':[{'name':'probabilities','parameters':{'classification':2}}]}";
    String first =
        String.format(
            Locale.ROOT,
            "\"%f:%d:%s\"",
            expected.best().probability(),
            expected.best().index(),
            expected.best().name());
    assertThat(text(post("/v2/models/tiny/infer", bytes(json))))
        .contains("\"datatype\":\"BYTES\",\"shape\":[1,2],\"data\":[" + first + ",");
  }

  @Test
  void compressedBodiesAreReadUpToTheLimit() throws Exception {
    HttpResponse<byte[]> answer =
        post("/v1/classify?model=tiny", gzip(png), "Content-Encoding", "gzip");
    assertThat(text(answer)).contains("" + classifier.predict(png).best().probability());
    byte[] bomb = gzip(new byte[40 << 20]);
    assertThat(bomb.length).isLessThan(1 << 17);
    assertThat(post("/v1/classify?model=tiny", bomb, "Content-Encoding", "gzip").statusCode())
        .isEqualTo(413);
    assertThat(post("/v1/classify?model=tiny", png, "Content-Encoding", "br").statusCode())
        .isEqualTo(415);
    assertThat(post("/v1/classify?model=tiny", png, "Content-Encoding", "gzip").statusCode())
        .isEqualTo(400);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  static Stream<Arguments> refused() {
    String infer = "/v2/models/tiny/infer";
    return Stream.of(
        Arguments.of("GET", "/nothing", "", 404, "there is no '/nothing'"),
        Arguments.of("GET", "/v2/models/none", "", 404, "tiny, other"),
        Arguments.of("GET", "/v2/models/tiny/versions/9", "", 404, "no version '9'"),
        Arguments.of("POST", "/v2/models/none/infer", "{}", 404, "no model 'none'"),
        Arguments.of("GET", infer, "", 405, "use POST"),
        Arguments.of("DELETE", "/v2/models/tiny", "", 405, "use GET or HEAD"),
        Arguments.of("POST", infer, "{}", 400, "inputs is missing"),
        Arguments.of("POST", infer, "nonsense", 400, "not valid JSON"),
        Arguments.of("POST", "/v1/classify", "x", 400, "tiny, other"),
        Arguments.of("POST", "/v1/classify?model=tiny", "", 400, "the image is empty"),
        Arguments.of("POST", "/v1/classify?model=tiny", "no image", 400, "the image"),
        Arguments.of("POST", "/v1/classify?model=tiny&top=0", "x", 400, "top is '0'"),
        Arguments.of("POST", "/v1/classify?model=tiny&top=1&top=2", "x", 400, "given 2 times"),
        Arguments.of("POST", "/v1/classify?path=/etc/passwd", "x", 400, "unknown query parameter"),
        Arguments.of("GET", "/v2/models/%ff", "", 400, "error"),
        Arguments.of("GET", "/v2/models/a%2fb", "", 400, "error"),
        Arguments.of("POST", "/v2/repository/models/tiny/load", "{}", 403, "does not load models"),
        Arguments.of("POST", "/v2/repository/models/tiny/unload", "{}", 403, "keeps the models"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatCannotBeAnsweredIsRefusedInOneLine(
      String method, String path, String body, int status, String words) throws Exception {
    HttpResponse<byte[]> answer =
        send(to(server, path).method(method, BodyPublishers.ofString(body)));
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(status);
    assertThat(text(answer)).startsWith("{\"error\":\"").contains(words).doesNotContain("\n");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    if (status == 405) {
      assertThat(answer.headers().firstValue("Allow")).isPresent();
    }
  }

  @Test
  void typesThatNobodyReadsAreRefused() throws Exception {
    assertThat(post("/v2/models/tiny/infer", png, "Content-Type", "image/png").statusCode())
        .isEqualTo(415);
    assertThat(
            post("/v1/classify?model=tiny", png, "Content-Type", "application/json").statusCode())
        .isEqualTo(415);
  }

  @Test
  void aRequestWhoseTimeHasPassedIsNotComputed() throws Exception {
    String json =
        "{'parameters':{'timeout':1},'inputs':[{'name':'input','datatype':'BYTES','shape':[1],"
            + "'data':['"
            + Base64.getEncoder().encodeToString(png)
            + "']}]}";
    assertThat(post("/v2/models/tiny/infer", bytes(json)).statusCode()).isEqualTo(504);
  }

  @Test
  void oneBadImageAmongOthersIsNamed() throws Exception {
    String good = Base64.getEncoder().encodeToString(png);
    String json =
        "{'inputs':[{'name':'input','datatype':'BYTES','shape':[3],'data':['"
            + good
            + "','AAAA','"
            + good
            + "']}]}";
    HttpResponse<byte[]> answer = post("/v2/models/tiny/infer", bytes(json));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(text(answer)).contains("image 1 of inputs[0]");
  }

  @Test
  void pagesOfOtherSitesAreRefused() throws Exception {
    String path = "/v1/classify?model=tiny";
    assertThat(post(path, png, "Origin", "http://evil.example").statusCode()).isEqualTo(403);
    assertThat(post(path, png, "Origin", "null").statusCode()).isEqualTo(403);
    assertThat(post(path, png, "Origin", server.address().toString()).statusCode()).isEqualTo(200);
    String raw = raw(server, "GET /v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assertThat(raw).startsWith("HTTP/1.1 403");
  }

  private static String raw(Server at, String request) throws IOException {
    try (Socket socket = new Socket(at.address().getHost(), at.address().getPort())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.UTF_8));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void originsThatAreAllowedMayAsk() throws Exception {
    try (Server open = Server.start(options().allowOrigin("https://example.org"))) {
      HttpResponse<byte[]> answer =
          send(
              to(open, "/v1/classify")
                  .header("Origin", "https://example.org")
                  .POST(BodyPublishers.ofByteArray(png)));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
          .contains("https://example.org");
      HttpResponse<byte[]> preflight =
          send(
              to(open, "/v1/classify")
                  .header("Origin", "https://example.org")
                  .method("OPTIONS", BodyPublishers.noBody()));
      assertThat(preflight.statusCode()).isEqualTo(204);
      assertThat(preflight.headers().firstValue("Access-Control-Allow-Methods")).contains("POST");
    }
  }

  @Test
  void aTokenIsAskedForWhereThereIsOne() throws Exception {
    try (Server guarded = Server.start(options().token("secret-secret-secret"))) {
      assertThat(send(to(guarded, "/v2")).statusCode()).isEqualTo(401);
      assertThat(send(to(guarded, "/v2").header("Authorization", "Bearer wrong")).statusCode())
          .isEqualTo(401);
      assertThat(
              send(to(guarded, "/v2").header("Authorization", "Bearer secret-secret-secret"))
                  .statusCode())
          .isEqualTo(200);
      assertThat(send(to(guarded, "/v2/health/ready")).statusCode()).isEqualTo(200);
      assertThat(send(to(guarded, "/")).statusCode()).isEqualTo(200);
      assertThat(send(to(guarded, "/metrics")).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void whatCannotBeStartedSaysWhy() throws Exception {
    assertThatThrownBy(() -> Server.start(options().host("0.0.0.0")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("no token");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Server.start(options().port(taken.getLocalPort())))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("" + taken.getLocalPort());
    }
    assertThatThrownBy(() -> Server.start(ServerOptions.standard()))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("no model");
  }

  @Test
  void aSlowClientIsNotWaitedForForever() throws Exception {
    ServerOptions impatient = options().patience(Duration.ofMillis(600), Duration.ofMillis(600));
    try (Server short1 = Server.start(impatient)) {
      assertThat(
              raw(
                  short1,
                  "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"))
          .startsWith("HTTP/1.1 408");
      assertThat(trickled(short1)).isLessThan(Duration.ofSeconds(8));
    }
  }

  /** How long a header that comes byte by byte is waited for. */
  private static Duration trickled(Server at) throws Exception {
    long begun = System.nanoTime();
    try (Socket socket = new Socket(at.address().getHost(), at.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      out.write("GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: ".getBytes(StandardCharsets.UTF_8));
      while (in.available() == 0 && System.nanoTime() - begun < 10e9) {
        out.write('a');
        out.flush();
        Thread.sleep(100);
      }
    } catch (IOException e) {
      // The server has closed the connection.
      assertThat(e).isNotNull();
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  void aServerThatStopsAnswersWhatItHasAccepted() throws Exception {
    Queue<Integer> received = new ConcurrentLinkedQueue<>();
    Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
    AtomicInteger answered = new AtomicInteger();
    AtomicBoolean stops = new AtomicBoolean();
    Server stopping = Server.start(options().accessLog(r -> answered.incrementAndGet()));
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread client =
          new Thread(
              () -> {
                try {
                  while (true) {
                    received.add(
                        send(to(stopping, "/v1/classify").POST(BodyPublishers.ofByteArray(png)))
                            .statusCode());
                  }
                } catch (IOException e) {
                  // The end: the port is closed, or was before the server had seen the connection.
                  if (!stops.get()) {
                    broken.add(e);
                  }
                } catch (Exception e) {
                  broken.add(e);
                }
              });
      client.start();
      clients.add(client);
    }
    Thread.sleep(300);
    stops.set(true);
    assertThat(stopping.drain(Duration.ofSeconds(10))).isZero();
    stopping.close();
    stopping.await();
    for (Thread client : clients) {
      client.join(10_000);
    }
    assertThat(broken).isEmpty();
    assertThat(received).contains(200, 503).containsOnly(200, 503);
    // No answer was lost on its way, whatever became of connections that were not accepted.
    assertThat(received).hasSize(answered.get());
  }

  @Test
  void clientsSpeakTlsWithTheKeystoresCertificate() throws Exception {
    Path keystore = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                keystore.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keystore)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", keys.getCertificate("a"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
    try (Server secure = Server.start(options().keystore(keystore, "changeit"))) {
      assertThat(secure.address().getScheme()).isEqualTo("https");
      HttpResponse<String> answer =
          client.send(to(secure, "/v2/health/live").build(), BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("{\"live\":true}");
    }
    assertThatThrownBy(() -> Server.start(options().keystore(keystore, "wrong")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("password");
  }
}
