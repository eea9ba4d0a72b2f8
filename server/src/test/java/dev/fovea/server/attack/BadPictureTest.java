package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that cannot be read, among others that can. */
class BadPictureTest {
  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() {
    server = AttackedServer.start(folder, o -> o.classifier(AttackedServer.CLASSIFIER.batch(8)));
  }

  @AfterAll
  static void end() {
    server.close();
  }

  /** Bytes that are found not to be a picture at once, and such that are found while decoding. */
  private static List<byte[]> bad() {
    byte[] good = SmallModel.picture(50);
    byte[] cutInTheHeader = Arrays.copyOf(good, 30);
    byte[] huge = good.clone();
    for (int i = 0; i + 9 < huge.length; i++) {
      if ((huge[i] & 255) == 0xFF && (huge[i + 1] & 255) == 0xC0) {
        // 65535 x 65535 pixels.
        Arrays.fill(huge, i + 5, i + 9, (byte) 0xFF);
      }
    }
    return List.of(
        "no picture".getBytes(StandardCharsets.UTF_8),
        "<svg onload=\"alert(1)\"/>".getBytes(StandardCharsets.UTF_8),
        cutInTheHeader,
        huge,
        new byte[0]);
  }

  @Test
  void oneBadPictureInABatchFailsAlone() throws Exception {
    List<byte[]> bad = bad();
    List<String> right = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Wire.Reply reply = Wire.ask(server.port(), server.classifyRequest(SmallModel.picture(i)));
      assertThat(reply.status()).isEqualTo(200);
      right.add(server.predictions(reply));
    }
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try {
      List<Future<Integer>> asked = new ArrayList<>();
      for (int c = 0; c < 8; c++) {
        int seed = c;
        asked.add(clients.submit(() -> mixed(new Random(seed), bad, right)));
      }
      int refused = 0;
      for (Future<Integer> one : asked) {
        refused += one.get();
      }
      assertThat(refused).as("bad pictures").isBetween(20, 300);
    } finally {
      clients.shutdownNow();
    }
  }

  private static int mixed(Random random, List<byte[]> bad, List<String> right) throws Exception {
    int refused = 0;
    try (Wire wire = new Wire(server.port())) {
      for (int i = 0; i < 60; i++) {
        if (random.nextInt(4) == 0) {
          wire.send(server.classifyRequest(bad.get(random.nextInt(bad.size()))));
          Wire.Reply reply = wire.reply();
          assertThat(reply.status()).as(reply.text()).isIn(400, 413, 422);
          assertThat(reply.text()).contains("\"error\"");
          refused++;
        } else {
          int k = random.nextInt(right.size());
          wire.send(server.classifyRequest(SmallModel.picture(k)));
          assertThat(server.predictions(wire.reply())).isEqualTo(right.get(k));
        }
      }
    }
    return refused;
  }

  @Test
  void aTensorWithABadPictureIsRefusedAndSaysWhichItIs() throws Exception {
    StringBuilder data = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      byte[] file = i == 1 ? bad().get(0) : SmallModel.picture(i);
      data.append(i == 0 ? "\"" : ",\"")
          .append(Base64.getEncoder().encodeToString(file))
          .append('"');
    }
    String json =
        """
        {"inputs":[{"name":"input","shape":[3],"datatype":"BYTES","data":[%s]}]}\
        """
            .formatted(data);
    Wire.Reply reply = Wire.ask(server.port(), Wire.post("/v2/models/small/infer", json));
    assertThat(reply.status()).as(reply.text()).isEqualTo(400);
    assertThat(reply.text()).containsPattern("\\b1\\b");
    server.assertAnswers();
  }
}
