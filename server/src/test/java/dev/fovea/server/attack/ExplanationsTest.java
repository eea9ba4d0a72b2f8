package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Explanations cost a hundred times what answers cost: nobody may hold up others with them. */
class ExplanationsTest {
  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() {
    server = AttackedServer.start(folder, o -> o);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @AfterEach
  void theServerStillAnswers() throws IOException {
    server.assertAnswers();
  }

  private static byte[] request(String query, byte[] picture) {
    return Wire.post("/v1/explain" + query, picture, "Content-Type: image/jpeg");
  }

  @Test
  void anExplanationIsAnswered() throws IOException {
    Wire.Reply reply = Wire.ask(server.port(), request("?class=bee", SmallModel.picture(1)));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).contains("\"class\":\"bee\"", "\"map\"", "\"values\"");
    assertThat(reply.text()).doesNotContain("NaN", "Infinity");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?method=nothing",
        "?method=",
        "?method=grad-cam&method=occlusion",
        "?method=../../etc/passwd",
        "?class=nothing",
        "?class=-1",
        "?class=4",
        "?class=99999999999999999999",
        "?class=%3Cimg%20src=x%20onerror=alert(1)%3E",
        "?class=bee&versus=bee",
        "?class=bee&versus=nothing",
        "?model=nothing",
        "?model=small&model=small"
      })
  void whatCannotBeExplainedIsRefused(String query) throws IOException {
    Wire.Reply reply = Wire.ask(server.port(), request(query, SmallModel.picture(1)));
    assertThat(reply.status()).as("%s: %s", query, reply.text()).isIn(400, 404);
    assertThat(reply.text()).contains("\"error\"");
  }

  @Test
  void whatIsNoPictureIsRefused() throws IOException {
    for (byte[] bad : List.of(new byte[0], "no picture".getBytes(StandardCharsets.UTF_8))) {
      assertThat(Wire.ask(server.port(), request("", bad)).status()).isEqualTo(400);
    }
  }

  @Test
  void aFloodOfExplanationsIsBoundedAndClassificationGoesOn() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(40);
    try {
      byte[] slow = request("?method=occlusion", SmallModel.picture(2));
      List<Future<Wire.Reply>> asked = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        asked.add(clients.submit(() -> Wire.ask(server.port(), slow)));
      }
      for (int i = 0; i < 5; i++) {
        server.assertAnswersWithin(Duration.ofSeconds(2));
      }
      int refused = 0;
      for (Future<Wire.Reply> one : asked) {
        Wire.Reply reply = one.get();
        assertThat(reply.status()).as(reply.text()).isIn(200, 503);
        if (reply.status() == 503) {
          assertThat(reply.header("retry-after")).isPresent();
          refused++;
        }
      }
      assertThat(refused).as("explanations that were refused").isBetween(1, 39);
    } finally {
      clients.shutdownNow();
    }
  }
}
