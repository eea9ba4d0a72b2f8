package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies without end, senders without haste, and more connections than anybody needs. */
class HugeAndSlowRequestsTest {
  private static final int LARGEST = 256 * 1024;
  private static final int CONNECTIONS = 40;

  /** 640 MB. */
  private static final int MOST_CHUNKS = 40_000;

  private static final Duration PATIENCE = Duration.ofMillis(700);

  @TempDir private static Path folder;
  private static AttackedServer server;

  @BeforeAll
  static void start() {
    server =
        AttackedServer.start(
            folder,
            o -> o.largestBody(LARGEST).mostConnections(CONNECTIONS).patience(PATIENCE, PATIENCE));
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @AfterEach
  void theServerStillAnswers() throws IOException {
    server.assertAnswers();
  }

  @Test
  void aBodyOfTenGigabytesIsRefusedByItsLengthAlone() throws IOException {
    for (String target : List.of("/v1/classify", "/v2/models/small/infer", "/v1/explain")) {
      try (Wire wire = new Wire(server.port())) {
        long start = System.nanoTime();
        wire.send(Wire.head("POST", target, "Content-Length: 10737418240") + "\r\n");
        Wire.Reply reply = wire.reply();
        assertThat(reply.status()).as(target).isEqualTo(413);
        assertThat(reply.text()).as(target).contains("\"error\"").contains("262144");
        assertThat(System.nanoTime() - start).as(target).isLessThan(2_000_000_000L);
        assertThat(wire.endsWithin(Duration.ofSeconds(5))).as("%s ends", target).isTrue();
      }
    }
  }

  @Test
  void whoeverExpectsToContinueIsToldBeforeTheBody() throws IOException {
    try (Wire wire = new Wire(server.port())) {
      wire.send(
          Wire.head("POST", "/v1/classify", "Content-Length: 10737418240", "Expect: 100-continue")
              + "\r\n");
      assertThat(wire.reply().status()).isEqualTo(413);
    }
  }

  @Test
  void chunksWithoutEndAreRefusedOnceTheyAreTooMany() throws IOException {
    byte[] chunk = ("4000\r\n" + "x".repeat(0x4000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    try (Wire wire = new Wire(server.port())) {
      wire.send(Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n");
      int sent = 0;
      while (sent < MOST_CHUNKS && wire.sendsAll(chunk)) {
        sent++;
      }
      assertThat(sent).as("chunks of 16 KiB that were taken").isLessThan(MOST_CHUNKS);
      assertThat(wire.statusOrEnd()).isIn(413, 0);
    }
  }

  @Test
  void aHeaderThatDripsInIsCutOff() throws IOException {
    assertDripEnds("GET / HTTP/1.1\r\nHost: localhost\r\n", "X-Drip: 1\r\n");
  }

  @Test
  void aRequestLineThatDripsInIsCutOff() throws IOException {
    assertDripEnds("GET /", "a");
  }

  @Test
  void aBodyThatDripsInIsCutOff() throws IOException {
    assertDripEnds(Wire.head("POST", "/v1/classify", "Content-Length: 100000") + "\r\n", "x");
  }

  @Test
  void chunksThatDripInAreCutOff() throws IOException {
    assertDripEnds(
        Wire.head("POST", "/v1/classify", "Transfer-Encoding: chunked") + "\r\n", "1\r\nx\r\n");
  }

  /** A byte now and then keeps a connection busy; the whole request has a time all the same. */
  private static void assertDripEnds(String start, String drop) throws IOException {
    long begin = System.nanoTime();
    try (Wire wire = new Wire(server.port())) {
      wire.send(start);
      boolean ended = false;
      while (!ended && System.nanoTime() - begin < 12e9) {
        ended =
            wire.endsWithin(Duration.ofMillis(250))
                || !wire.sendsAll(drop.getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(ended).as("'%s' followed by '%s' now and then", start, drop).isTrue();
      assertThat(System.nanoTime() - begin).isLessThan(10_000_000_000L);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsCutOff() throws IOException {
    try (Wire wire = new Wire(server.port())) {
      assertThat(wire.endsWithin(Duration.ofSeconds(9))).isTrue();
    }
  }

  @Test
  void hugeHeadsAreRefused() throws IOException {
    assertRefused(Wire.get("/" + "a".repeat(200_000)));
    assertRefused(Wire.get("/", "X-A: " + "a".repeat(200_000)));
    String[] many = new String[20_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = "X-" + i + ": 1";
    }
    assertRefused(Wire.get("/", many));
  }

  /** The server says so and hangs up; what it says may be lost to one who is still sending. */
  private static void assertRefused(String request) throws IOException {
    try (Wire wire = new Wire(server.port())) {
      boolean unused = wire.sendsAll(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(wire.statusOrEnd()).isIn(400, 414, 431, 0);
    }
  }

  @Test
  void aThousandIdleConnectionsDoNotKeepOthersOutForLong() throws Exception {
    List<Wire> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        try {
          idle.add(new Wire(server.port()));
        } catch (IOException e) {
          // Refused: just as well.
          break;
        }
      }
      // The idle ones are cut off, so that this one has its turn although none of them leaves.
      server.assertAnswersWithin(Duration.ofSeconds(60));
    } finally {
      for (Wire wire : idle) {
        wire.close();
      }
    }
    server.assertAnswersWithin(Duration.ofSeconds(10));
  }

  @Test
  void clientsThatLeaveInTheMiddleCostNothing() throws IOException {
    byte[] request = server.classifyRequest(SmallModel.picture(1));
    for (int i = 1; i < 60; i++) {
      try (Wire wire = new Wire(server.port())) {
        wire.send(Arrays.copyOf(request, request.length * i / 60));
      }
    }
    for (int i = 0; i < 20; i++) {
      try (Wire wire = new Wire(server.port())) {
        wire.send(request);
      }
    }
  }
}
