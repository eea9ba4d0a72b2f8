package dev.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The generator against servers that answer as they are told. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields.
class LoadTest {
  private static final String RIGHT =
      "{\"models\":[{\"predictions\":[{\"class\":\"a\",\"probability\":0.5}],\"milliseconds\":%d}]}";

  private ExecutorService threads;
  private HttpServer server;
  private final AtomicInteger asked = new AtomicInteger();

  /** Decides about a request by its number. */
  private interface Answers {
    /** A status and a body. */
    Reply to(int number) throws InterruptedException;
  }

  private record Reply(int status, String body) {}

  /** Without it the JDK's server waits 40 ms for an acknowledgment before it sends a body. */
  @BeforeAll
  static void sendAtOnce() {
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  @BeforeEach
  void threads() {
    threads = Executors.newCachedThreadPool();
  }

  @AfterEach
  void end() {
    if (server != null) {
      server.stop(0);
    }
    threads.shutdownNow();
  }

  private Target serve(Answers answers) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          try {
            Reply reply = answers.to(asked.getAndIncrement());
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            if (reply.status() == 503) {
              exchange.getResponseHeaders().add("Retry-After", "1");
            }
            exchange.sendResponseHeaders(reply.status(), body.length);
            exchange.getResponseBody().write(body);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    server.start();
    return new Target(server.getAddress().getPort());
  }

  private static Question question(Target target) throws IOException {
    byte[] request = Question.classify("m", new byte[100]);
    try (Connection connection = new Connection(target.port())) {
      return Question.learned("m", request, connection.ask(request));
    }
  }

  @Test
  void aClosedLoopCountsRightAnswersWhateverTheirTimesSay() throws IOException {
    Target target = serve(n -> new Reply(200, RIGHT.formatted(n)));
    Tally tally = ClosedLoop.of(target, 4, List.of(question(target)), 200);
    assertThat(tally.right().count()).isBetween(200, 204);
    assertThat(tally.isClean()).isTrue();
    assertThat(tally.statuses()).containsOnlyKeys(200);
  }

  @Test
  void aWrongNumberIsNoticed() throws IOException {
    Target target =
        serve(n -> new Reply(200, RIGHT.formatted(n).replace("0.5", n == 50 ? "0.25" : "0.5")));
    Tally tally = ClosedLoop.of(target, 4, List.of(question(target)), 200);
    assertThat(tally.wrong()).isEqualTo(1);
    assertThat(tally.isClean()).isFalse();
    assertThat(tally.remarks()).anyMatch(r -> r.contains("0.25"));
  }

  @Test
  void aServerThatStallsLooksSlowToAllWhoComeMeanwhile() throws IOException {
    Target target =
        serve(
            n -> {
              if (n == 21) {
                Thread.sleep(400);
              }
              return new Reply(200, RIGHT.formatted(n));
            });
    List<Question> questions = List.of(question(target));
    // One connection: while it waits, 40 requests become due.
    Tally tally = new OpenLoop(target, 100, 1, questions).during(Duration.ofSeconds(1));
    assertThat(tally.right().count()).isEqualTo(100);
    assertThat(tally.right().above(100)).as("slower than 100 ms").isGreaterThan(20);
    assertThat(tally.late().above(100)).as("later than 100 ms").isGreaterThan(20);
  }

  @Test
  void aRefusalIsNoFaultIfItSaysWhenToComeAgain() throws IOException {
    Target target =
        serve(
            n -> n > 0 && n % 2 == 0 ? new Reply(503, "{}") : new Reply(200, RIGHT.formatted(n)));
    List<Question> questions = List.of(question(target));
    Tally tally = new OpenLoop(target, 200, 4, questions).during(Duration.ofMillis(500));
    assertThat(tally.refused().count()).isEqualTo(50);
    assertThat(tally.right().count()).isEqualTo(50);
    assertThat(tally.isClean()).isTrue();
  }

  @Test
  void throughputIsTimedBetweenAnswersUnderFullLoad() throws IOException {
    Target target =
        serve(
            n -> {
              Thread.sleep(10);
              return new Reply(200, RIGHT.formatted(n));
            });
    Tally tally = new Tally();
    double seconds = ClosedLoop.seconds(target, 2, List.of(question(target)), 10, 60, tally);
    // Two connections with 10 ms each, and some overhead.
    assertThat(seconds).isBetween(0.28, 6.0);
    assertThat(tally.isClean()).isTrue();
  }

  @Test
  void aCutAnswerAndAMissingOneAreToldApart() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      threads.execute(
          () -> {
            for (String said :
                List.of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "")) {
              try (Socket socket = listener.accept()) {
                int unused = socket.getInputStream().read(new byte[1000]);
                socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            }
          });
      Tally tally = new Tally();
      Question question = new Question("q", Question.get("/"), 200, new byte[0]);
      try (Client client = new Client(new Target(listener.getLocalPort()), tally)) {
        assertThat(client.ask(question, System.nanoTime())).isZero();
        assertThat(client.ask(question, System.nanoTime())).isZero();
      }
      assertThat(tally.cut()).isEqualTo(1);
      assertThat(tally.unanswered()).isEqualTo(1);
    }
  }

  @Test
  void aPortThatIsClosedOnRequestBreaksNothing() throws IOException {
    int port;
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = listener.getLocalPort();
    }
    Target target = new Target(port);
    Tally tally = new Tally();
    Question question = new Question("q", Question.get("/"), 200, new byte[0]);
    try (Client client = new Client(target, tally)) {
      client.ask(question, System.nanoTime());
      assertThat(tally.unanswered()).isEqualTo(1);
      target.stops();
      client.ask(question, System.nanoTime());
      assertThat(tally.unanswered()).isEqualTo(1);
      assertThat(tally.connectionsRefused()).isEqualTo(1);
    }
  }

  @Test
  void percentilesAreThoseOfAllTimes() {
    Latencies latencies = new Latencies();
    for (int i = 2000; i > 0; i--) {
      latencies.add(i * 1_000_000L);
    }
    assertThat(latencies.millis(0.5)).isEqualTo(1000);
    assertThat(latencies.millis(0.99)).isEqualTo(1980);
    assertThat(latencies.millis(1)).isEqualTo(2000);
    assertThat(latencies.above(1990)).isEqualTo(10);
    assertThat(new Latencies().millis(0.5)).isNaN();
  }

  @Test
  void binaryAnswersAreComparedFromTheirTensorsOn() throws IOException {
    byte[] body = "{\"id\":\"7\"}1234".getBytes(StandardCharsets.US_ASCII);
    assertThat(Question.numbers(new Answer(200, false, false, 10, body)))
        .isEqualTo("1234".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void generatedPicturesDifferAndAreAlwaysTheSame() {
    List<byte[]> pictures = Pictures.generated(3, 40);
    assertThat(pictures.get(0)).isNotEqualTo(pictures.get(1));
    assertThat(Pictures.generated(1, 40).get(0)).isEqualTo(pictures.get(0));
  }
}
