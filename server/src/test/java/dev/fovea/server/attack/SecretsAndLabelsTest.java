package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must not be written down, and what must not grow. */
class SecretsAndLabelsTest {
  private static final String TOKEN = "s3cret-token-of-the-test";
  private static final Pattern SERIES =
      Pattern.compile("(?m)^[a-zA-Z_:][^\\s#]*(\\{.*\\})? [^ ]+$");

  @TempDir private Path folder;

  @Test
  void neitherTokensNorPicturesNorQueriesAreLogged() throws IOException {
    byte[] picture = SmallModel.picture(1);
    String image = Base64.getEncoder().encodeToString(picture);
    String log;
    try (LogCapture capture = new LogCapture();
        AttackedServer server = AttackedServer.start(folder, o -> o.token(TOKEN).allowReload())) {
      String auth = "Authorization: Bearer " + TOKEN;
      Wire.ask(server.port(), Wire.post("/v1/classify?model=small&top=2", picture, auth));
      Wire.ask(server.port(), Wire.post("/v1/classify?private=4711-query", picture, auth));
      Wire.ask(server.port(), Wire.post("/v1/classify", picture, "Authorization: Bearer wr0ng"));
      Wire.ask(server.port(), Wire.post("/v1/classify", picture, auth, "Cookie: c00kie=1"));
      String json =
          "{\"id\":\"1d-of-a-request\",\"inputs\":[{\"name\":\"input\",\"shape\":[1],"
              + "\"datatype\":\"BYTES\",\"data\":[\""
              + image
              + "\"]}]}";
      for (String body : List.of(json, json.replace("BYTES", "FP32"), json.substring(9))) {
        Wire.ask(
            server.port(),
            Wire.post("/v2/models/small/infer", body.getBytes(StandardCharsets.UTF_8), auth));
      }
      Wire.ask(server.port(), Wire.post("/v2/repository/models/small/load", new byte[0], auth));
      Wire.ask(server.port(), "BROKEN " + TOKEN + "\r\n\r\n");
      log = capture.text() + server.events();
    }
    assertThat(log)
        .doesNotContain(
            TOKEN,
            "wr0ng",
            "c00kie",
            "4711-query",
            "1d-of-a-request",
            image.substring(40, 80),
            Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aPathCannotWriteLinesOfItsOwnIntoALog() throws IOException {
    String log;
    try (LogCapture capture = new LogCapture();
        AttackedServer server = AttackedServer.start(folder, o -> o)) {
      Wire.ask(server.port(), Wire.get("/x%0aFORGED%20LINE%0d%0aFORGED"));
      Wire.ask(server.port(), Wire.get("/%1b%5b31mFORGED"));
      log = capture.text() + server.events();
    }
    assertThat(log.lines()).noneMatch(line -> line.startsWith("FORGED"));
    assertThat(log).doesNotContain("\u001b");
  }

  @Test
  void metricsHaveNoMoreSeriesAfterAThousandRandomNames() throws IOException {
    try (AttackedServer server = AttackedServer.start(folder, o -> o)) {
      byte[] picture = SmallModel.picture(1);
      // Once each, so that all series of ordinary use are there.
      for (String model : List.of("small", "nothing")) {
        names(server, model, picture);
      }
      Set<String> before = series(server);
      for (int i = 0; i < 250; i++) {
        names(server, "random-" + i, picture);
      }
      for (String method : List.of("PUT", "PATCH", "M" + System.nanoTime())) {
        Wire.ask(server.port(), Wire.head(method, "/x", "Connection: close") + "\r\n");
      }
      Set<String> after = series(server);
      assertThat(after.size()).as("series").isLessThan(before.size() + 12);
      assertThat(after).noneMatch(s -> s.contains("random-"));
    }
  }

  private static void names(AttackedServer server, String name, byte[] picture) throws IOException {
    Wire.ask(server.port(), Wire.get("/v2/models/" + name));
    Wire.ask(server.port(), Wire.get("/" + name));
    Wire.ask(server.port(), Wire.post("/v2/models/" + name + "/infer", "{}"));
    Wire.ask(server.port(), Wire.post("/v1/classify?model=" + name, picture));
  }

  /** Names and labels of all series. */
  private static Set<String> series(AttackedServer server) throws IOException {
    Wire.Reply reply = Wire.ask(server.port(), Wire.get("/metrics"));
    assertThat(reply.status()).isEqualTo(200);
    Set<String> all =
        SERIES
            .matcher(reply.text())
            .results()
            .map(m -> m.group().substring(0, m.group().lastIndexOf(' ')))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(all).hasSizeGreaterThan(5);
    return all;
  }

  @Test
  void noSeriesAndNoFamilyComesTwice() throws IOException {
    try (AttackedServer server = AttackedServer.start(folder, o -> o)) {
      String text = Wire.ask(server.port(), Wire.get("/metrics")).text();
      List<String> heads =
          text.lines()
              .filter(l -> l.startsWith("#"))
              .map(l -> l.split(" ")[1] + " " + l.split(" ")[2])
              .toList();
      assertThat(heads).doesNotHaveDuplicates();
      assertThat(SERIES.matcher(text).results().map(m -> m.group().replaceAll(" [^ ]+$", "")))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void labelsOfMetricsAreEscaped() throws IOException {
    List<String> classes = List.of("a\"b\\c\nd", "<img onerror=alert(1)>", "x", "y");
    try (AttackedServer server = AttackedServer.start(folder, classes, o -> o)) {
      for (int i = 0; i < 30; i++) {
        Wire.ask(server.port(), server.classifyRequest(SmallModel.picture(i)));
      }
      Wire.Reply reply = Wire.ask(server.port(), Wire.get("/metrics"));
      Pattern line =
          Pattern.compile(
              "# (HELP|TYPE|EOF|UNIT).*|[a-zA-Z_:][a-zA-Z0-9_:]*"
                  + "(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\n]|\\\\[\"\\\\n])*\",?)*\\})?"
                  + " (NaN|[+-]Inf|[-+0-9.eE]+)( \\d+)?");
      assertThat(reply.text().lines()).allMatch(l -> l.isEmpty() || line.matcher(l).matches());
    }
  }
}
