package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More work than there is time for. */
class OverloadTest {
  private static final int CLIENTS = 32;

  @TempDir private Path folder;

  private record Timed(Wire.Reply reply, long nanos) {}

  private static List<Timed> all(AttackedServer server, int each, byte[] request) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<List<Timed>>> asked = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        asked.add(
            clients.submit(
                () -> {
                  List<Timed> replies = new ArrayList<>();
                  try (Wire wire = new Wire(server.port())) {
                    for (int i = 0; i < each; i++) {
                      long start = System.nanoTime();
                      wire.send(request);
                      replies.add(new Timed(wire.reply(), System.nanoTime() - start));
                    }
                  }
                  return replies;
                }));
      }
      List<Timed> replies = new ArrayList<>();
      for (Future<List<Timed>> one : asked) {
        replies.addAll(one.get());
      }
      return replies;
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void whatDoesNotFitIntoTheQueueIsRefusedAtOnceAndTheRestIsRight() throws Exception {
    try (AttackedServer server =
        AttackedServer.start(
            folder, o -> o.classifier(AttackedServer.CLASSIFIER.batch(2)).queue(4))) {
      byte[] request = server.classifyRequest(SmallModel.picture(1));
      String right = server.predictions(Wire.ask(server.port(), request));
      List<Timed> replies = all(server, 15, request);
      assertThat(replies).extracting(t -> t.reply().status()).containsOnly(200, 503);
      for (Timed timed : replies) {
        Wire.Reply reply = timed.reply();
        if (reply.status() == 200) {
          assertThat(server.predictions(reply)).isEqualTo(right);
        } else {
          assertThat(reply.header("retry-after"))
              .hasValueSatisfying(v -> assertThat(Integer.parseInt(v)).isBetween(1, 60));
          assertThat(reply.text()).contains("\"error\"");
        }
      }
      server.assertAnswers();
    }
  }

  @Test
  void aRequestThatCannotBeAnsweredInItsTimeIsNotComputed() throws Exception {
    try (AttackedServer server =
        AttackedServer.start(folder, o -> o.classifier(AttackedServer.CLASSIFIER.batch(1)))) {
      long before = server.computed();
      String image = java.util.Base64.getEncoder().encodeToString(SmallModel.picture(1));
      String json =
          """
          {"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["%s"]}],\
          "parameters":{"timeout":1}}\
          """
              .formatted(image);
      for (int i = 0; i < 20; i++) {
        Wire.Reply reply = Wire.ask(server.port(), Wire.post("/v2/models/small/infer", json));
        assertThat(reply.status()).as(reply.text()).isIn(503, 504, 408);
      }
      assertThat(server.computed()).as("images computed").isEqualTo(before);
      server.assertAnswers();
      assertThat(server.computed()).as("images computed").isEqualTo(before + 1);
    }
  }

  @Test
  void afterAnOverloadTheNextRequestIsAnswered() throws Exception {
    try (AttackedServer server =
        AttackedServer.start(folder, o -> o.classifier(AttackedServer.CLASSIFIER).queue(2))) {
      List<Timed> replies = all(server, 8, server.classifyRequest(SmallModel.picture(2)));
      assertThat(replies).extracting(t -> t.reply().status()).contains(503);
      server.assertAnswersWithin(Duration.ofSeconds(1));
    }
  }

  @Test
  void drainingAnswersWhatWasAccepted() throws Exception {
    AttackedServer server = AttackedServer.start(folder, o -> o);
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try (server) {
      byte[] request = server.classifyRequest(SmallModel.picture(3));
      String right = server.predictions(Wire.ask(server.port(), request));
      List<Future<Integer>> asked = new ArrayList<>();
      for (int c = 0; c < 8; c++) {
        asked.add(clients.submit(() -> untilClosed(server, request, right)));
      }
      Thread.sleep(300);
      assertThat(server.drain(Duration.ofSeconds(20))).as("without an answer").isZero();
      int answered = 0;
      for (Future<Integer> one : asked) {
        answered += one.get();
      }
      assertThat(answered).as("right answers").isGreaterThan(8);
    } finally {
      clients.shutdownNow();
    }
  }

  /** Asks until the server says that it closes the connection; whatever it says must be whole. */
  private static int untilClosed(AttackedServer server, byte[] request, String right)
      throws IOException {
    int answered = 0;
    try (Wire wire = new Wire(server.port())) {
      while (true) {
        wire.send(request);
        Wire.Reply reply = wire.reply();
        if (reply.status() == 200) {
          assertThat(server.predictions(reply)).isEqualTo(right);
          answered++;
        } else {
          assertThat(reply.status()).isEqualTo(503);
        }
        if (reply.header("connection").filter("close"::equalsIgnoreCase).isPresent()) {
          return answered;
        }
      }
    }
  }
}
