package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a web page of somebody else, or a name in a model file, may try. */
class WebAttacksTest {
  private static final String XSS = "<img src=x onerror=alert(1)>";
  private static final String QUOTES = "a\"b\\c\nd{e=\"f\"} 1\u2028</script>";
  private static final String SECRET = "not for strangers";

  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(folder.resolve("secret.txt"), SECRET);
    server =
        AttackedServer.start(folder, List.of(XSS, QUOTES, "ünïcödé \ud83d\udc31", "plain"), o -> o);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret.txt",
        "/../../../../../../etc/passwd",
        "/page/../../secret.txt",
        "/page/..%2f..%2fsecret.txt",
        "/page/%2e%2e/%2e%2e/secret.txt",
        "/page/%252e%252e%252fsecret.txt",
        "/page/..\\..\\secret.txt",
        "/page/..%5c..%5csecret.txt",
        "/page/..;/..;/secret.txt",
        "/page//secret.txt",
        "/page/secret.txt%00.css",
        "/v2/models/..%2f..%2fsecret.txt",
        "/v2/models/%2e%2e/ready",
        "/v2/models/../../secret.txt",
        "/v2/models/small/versions/..%2f..%2fsecret.txt",
        "//secret.txt",
        "/./././secret.txt",
        "/META-INF/MANIFEST.MF",
        "/dev/fovea/server/Server.class",
        "/WEB-INF/web.xml",
        "/%c0%ae%c0%ae/secret.txt",
        "/\u00ff",
        "*",
        "http://evil.example/secret.txt",
        "secret.txt"
      })
  void noPathLeadsToAFile(String target) throws IOException {
    for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
      try (Wire wire = new Wire(server.port())) {
        wire.send(Wire.head(method, target, "Connection: close") + "Content-Length: 0\r\n\r\n");
        if (method.equals("HEAD")) {
          assertThat(wire.statusLine()).doesNotStartWith("HTTP/1.1 2");
          continue;
        }
        Wire.Reply reply = wire.reply();
        assertThat(reply.status()).as("%s %s", method, target).isBetween(400, 499);
        assertThat(reply.text()).doesNotContain(SECRET, "root:", folder.toString());
      }
    }
    server.assertAnswers();
  }

  @Test
  void nothingThatARequestSaysBecomesAHeaderOfTheAnswer() throws IOException {
    String inject = "x%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a<html>";
    List<String> requests = new ArrayList<>();
    for (String target :
        List.of(
            "/" + inject,
            "/v2/models/" + inject,
            "/v2/models/" + inject + "/ready",
            "/page/" + inject,
            "/v1/classify?model=" + inject,
            "/docs?x=" + inject)) {
      requests.add(Wire.get(target));
      requests.add(Wire.head("POST", target) + "Content-Length: 0\r\n\r\n");
    }
    for (String request : requests) {
      Wire.Reply reply = Wire.ask(server.port(), request);
      assertThat(reply.header("set-cookie")).as(request).isEmpty();
      assertThat(reply.headers()).as(request).noneMatch(h -> h.contains("Set-Cookie"));
    }
    String json =
        "{\"id\":\"a\\r\\nSet-Cookie: b=c\",\"inputs\":[{\"name\":\"input\",\"shape\":[1],"
            + "\"datatype\":\"BYTES\",\"data\":[\""
            + java.util.Base64.getEncoder().encodeToString(SmallModel.picture(1))
            + "\"]}]}";
    Wire.Reply reply = Wire.ask(server.port(), Wire.post("/v2/models/small/infer", json));
    assertThat(reply.headers()).noneMatch(h -> h.contains("Set-Cookie"));
    assertParses(reply);
  }

  private static void assertParses(Wire.Reply reply) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(reply.body())) {
      int tokens = 0;
      for (JsonToken t = json.nextToken(); t != null; t = json.nextToken()) {
        tokens++;
      }
      assertThat(tokens).isPositive();
    }
  }

  @Test
  void namesOfClassesAreDataInEveryAnswer() throws IOException {
    byte[] picture = SmallModel.picture(1);
    Wire.Reply plain =
        Wire.ask(server.port(), Wire.post("/v1/classify?model=small&top=4", picture));
    assertThat(plain.status()).isEqualTo(200);
    assertThat(plain.header("content-type"))
        .hasValueSatisfying(t -> assertThat(t).startsWith("application/json"));
    assertThat(plain.header("x-content-type-options")).contains("nosniff");
    assertParses(plain);
    assertThat(names(plain)).contains(XSS, QUOTES, "ünïcödé \ud83d\udc31", "plain");

    String json =
        """
        {"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["%s"]}],\
        "outputs":[{"name":"probabilities","parameters":{"classification":4}}]}\
        """
            .formatted(java.util.Base64.getEncoder().encodeToString(picture));
    Wire.Reply rows = Wire.ask(server.port(), Wire.post("/v2/models/small/infer", json));
    assertThat(rows.status()).as(rows.text()).isEqualTo(200);
    assertParses(rows);
    assertThat(rows.text()).doesNotContain("\n" + "d{e");
  }

  private static List<String> names(Wire.Reply reply) throws IOException {
    List<String> names = new ArrayList<>();
    try (JsonParser json = new JsonFactory().createParser(reply.body())) {
      for (JsonToken t = json.nextToken(); t != null; t = json.nextToken()) {
        if (t == JsonToken.FIELD_NAME && json.currentName().equals("class")) {
          names.add(json.nextTextValue());
        }
      }
    }
    return names;
  }

  @Test
  void errorsQuoteNobodysMarkup() throws IOException {
    Wire.Reply reply =
        Wire.ask(
            server.port(),
            Wire.post("/v1/classify?model=%3Cscript%3Ealert(1)%3C/script%3E", new byte[3]));
    assertThat(reply.status()).isIn(400, 404);
    // In JSON, which no browser takes for a page.
    assertThat(reply.header("content-type"))
        .hasValueSatisfying(t -> assertThat(t).startsWith("application/json"));
    assertThat(reply.header("x-content-type-options")).contains("nosniff");
    for (String target : List.of("/%3Cscript%3E", "/nothing", "/v2/models/%3Cscript%3E")) {
      Wire.Reply missing = Wire.ask(server.port(), Wire.get(target));
      assertThat(missing.status()).isEqualTo(404);
      assertThat(missing.header("content-type"))
          .hasValueSatisfying(t -> assertThat(t).startsWith("application/json"));
    }
  }

  @Test
  void pagesOfOtherSitesMayNotAsk() throws IOException {
    byte[] picture = SmallModel.picture(1);
    for (String origin :
        List.of(
            "http://evil.example",
            "https://localhost.evil.example",
            "null",
            "http://localhost:1",
            "file://")) {
      Wire.Reply post =
          Wire.ask(server.port(), Wire.post("/v1/classify", picture, "Origin: " + origin));
      assertThat(post.status()).as("POST from %s", origin).isEqualTo(403);
      Wire.Reply preflight =
          Wire.ask(
              server.port(),
              Wire.head(
                      "OPTIONS",
                      "/v1/classify",
                      "Origin: " + origin,
                      "Access-Control-Request-Method: POST")
                  + "\r\n");
      Wire.Reply get = Wire.ask(server.port(), Wire.get("/v2/models", "Origin: " + origin));
      for (Wire.Reply reply : List.of(post, preflight, get)) {
        assertThat(reply.header("access-control-allow-origin")).as(origin).isEmpty();
      }
    }
    assertThat(
            Wire.ask(
                    server.port(),
                    Wire.post(
                        "/v1/classify",
                        picture,
                        "Host: localhost:" + server.port(),
                        "Origin: http://localhost:" + server.port()))
                .status())
        .as("its own page")
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "[::2]",
        "10.0.0.1",
        "",
        "localhost@evil.example",
        "user:password@localhost"
      })
  void aNameThatSomebodyElsePointedHereIsNotAnswered(String host) throws IOException {
    for (byte[] request :
        List.of(
            Wire.get("/v2/models", "Host: " + host).getBytes(StandardCharsets.US_ASCII),
            Wire.get("/", "Host: " + host).getBytes(StandardCharsets.US_ASCII),
            Wire.post("/v1/classify", SmallModel.picture(1), "Host: " + host))) {
      assertThat(Wire.ask(server.port(), request).status()).isIn(400, 403, 421);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST", "127.0.0.1", "[::1]", "localhost:1234"})
  void itsOwnNamesAreAnswered(String host) throws IOException {
    assertThat(Wire.ask(server.port(), Wire.get("/v2/models", "Host: " + host)).status())
        .isEqualTo(200);
  }

  @Test
  void thePageIsUnderAPolicyThatRunsNothingOfOthers() throws IOException {
    for (String target : List.of("/", "/docs")) {
      Wire.Reply reply = Wire.ask(server.port(), Wire.get(target));
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("content-security-policy"))
          .hasValueSatisfying(
              policy ->
                  assertThat(policy)
                      .contains("default-src 'none'", "frame-ancestors 'none'")
                      .doesNotContain("unsafe-inline", "unsafe-eval", "http:", "https:", " *"));
      assertThat(reply.header("x-content-type-options")).contains("nosniff");
      assertThat(reply.text()).doesNotContain("http://", "//cdn");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRACE", "CONNECT", "DEBUG", "PROPFIND", "get"})
  void methodsThatNoRouteHasAreRefused(String method) throws IOException {
    Wire.Reply reply =
        Wire.ask(
            server.port(),
            Wire.head(method, "/v2/models", "Cookie: secret=1", "Connection: close") + "\r\n");
    assertThat(reply.status()).isIn(400, 404, 405, 501);
    assertThat(reply.text()).doesNotContain("secret=1");
  }

  @Test
  void answersTellNothingOfWhatTheServerIsMadeOf() throws IOException {
    for (String request :
        List.of(Wire.get("/v2"), Wire.get("/nothing"), "BROKEN\r\n\r\n", Wire.get("/%zz"))) {
      Wire.Reply reply = Wire.ask(server.port(), request);
      assertThat(reply.headers())
          .as(request)
          .noneMatch(h -> h.toLowerCase(java.util.Locale.ROOT).contains("jetty"));
      assertThat(reply.text()).as(request).doesNotContainIgnoringCase("jetty", "exception", "at ");
    }
  }
}
