package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.Classifier;
import dev.fovea.ClassifierOptions;
import dev.fovea.program.Precision;
import dev.fovea.server.Server;
import dev.fovea.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server with one small model, named {@code small}, on a free port. */
public final class AttackedServer implements AutoCloseable {
  /** The classes of its model. */
  public static final List<String> CLASSES = List.of("ant", "bee", "cat: black", "dog");

  /** How its model is run. */
  public static final ClassifierOptions CLASSIFIER =
      ClassifierOptions.standard().threads(2).precision(Precision.F32);

  private static final Pattern COMPUTED = Pattern.compile("\"inference_count\"\\s*:\\s*(\\d+)");

  private final Server server;
  private final Path file;
  private final Queue<String> events;
  private final byte[] request = classifyRequest(SmallModel.picture(1000));
  private final String answer;

  private AttackedServer(Server server, Path file, Queue<String> events) throws IOException {
    this.server = server;
    this.file = file;
    this.events = events;
    this.answer = predictions(Wire.ask(port(), request));
  }

  /** Starts one; the model's file lies in a folder. */
  public static AttackedServer start(Path folder, UnaryOperator<ServerOptions> change) {
    return start(folder, CLASSES, change);
  }

  /** Starts one whose classes have other names. */
  static AttackedServer start(
      Path folder, List<String> classes, UnaryOperator<ServerOptions> change) {
    Path file = SmallModel.write(folder.resolve("small.safetensors"), classes, 1);
    Queue<String> events = new ConcurrentLinkedQueue<>();
    ServerOptions options =
        ServerOptions.standard()
            .model("small", file)
            .port(0)
            .classifier(CLASSIFIER)
            .log(events::add)
            .accessLog(request -> events.add(request.toString()));
    Server server = Server.start(change.apply(options));
    try {
      return new AttackedServer(server, file, events);
    } catch (IOException | RuntimeException | Error e) {
      server.close();
      throw new AssertionError("the server does not answer", e);
    }
  }

  /** Its port. */
  public int port() {
    return server.address().getPort();
  }

  /** The file of its model. */
  Path file() {
    return file;
  }

  /** What it told of itself and of requests. */
  String events() {
    return String.join("\n", events);
  }

  /** The same model without a server. */
  public Classifier classifier() {
    return Classifier.open(file, CLASSIFIER);
  }

  /** A request of the plain interface, for all classes. */
  byte[] classifyRequest(byte[] picture) {
    return Wire.post("/v1/classify?model=small&top=1000", picture, "Content-Type: image/jpeg");
  }

  /** Classes and probabilities of an answer, without times; its text if it has none. */
  String predictions(Wire.Reply reply) throws IOException {
    StringBuilder found = new StringBuilder();
    try (JsonParser json = new JsonFactory().createParser(reply.body())) {
      for (JsonToken t = json.nextToken(); t != null; t = json.nextToken()) {
        if (t == JsonToken.FIELD_NAME
            && List.of("class", "index", "probability").contains(json.currentName())) {
          json.nextToken();
          found.append(json.getText()).append(' ');
        }
      }
    }
    return found.isEmpty() ? reply.text() : found.toString();
  }

  /** A picture is answered on a new connection as it was at the start. */
  void assertAnswers() throws IOException {
    Wire.Reply reply = Wire.ask(port(), request);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(predictions(reply)).isEqualTo(answer);
  }

  /** The same, if need be after some tries. */
  void assertAnswersWithin(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (true) {
      try {
        assertAnswers();
        return;
      } catch (IOException | AssertionError e) {
        if (System.nanoTime() > end) {
          throw new AssertionError("no right answer within " + time, e);
        }
      }
      Thread.sleep(20);
    }
  }

  /** Images that the network has computed. */
  long computed() throws IOException {
    String stats = Wire.ask(port(), Wire.get("/v2/models/small/stats")).text();
    Matcher count = COMPUTED.matcher(stats);
    assertThat(count.find()).as(stats).isTrue();
    return Long.parseLong(count.group(1));
  }

  /** Lets it stop; returns how many requests have no answer. */
  int drain(Duration limit) {
    return server.drain(limit);
  }

  @Override
  public void close() {
    server.close();
  }
}
