package dev.fovea.server.page;

import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * A server that answers as a real one, with what a test wants to see: models that need not exist, a
 * token, refusals.
 */
final class FakeServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, List<String>> models;
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /** How many of the next requests with a picture are refused as too many. */
  final AtomicInteger busy = new AtomicInteger();

  volatile String token = "";
  volatile long limit = 32_000_000;
  volatile boolean negative;

  /** A request with a picture. */
  record Request(String path, Map<String, String> query, byte[] body, String contentType) {
    /** What the query says of that, or nothing. */
    String says(String name) {
      return query.getOrDefault(name, "");
    }
  }

  FakeServer(Map<String, List<String>> models) throws IOException {
    this.models = models;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  List<Request> requests() {
    return requests;
  }

  @SuppressWarnings("try") // closes the exchange
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      var file = WebPage.find(path);
      if (file.isPresent()) {
        file.get().headers().forEach(exchange.getResponseHeaders()::set);
        send(exchange, 200, file.get().bytes());
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      String given = exchange.getRequestHeaders().getFirst("Authorization");
      if (!token.isEmpty() && !("Bearer " + token).equals(given)) {
        refuse(exchange, 401, "a token is needed");
        return;
      }
      switch (path) {
        case "/v2" ->
            send(
                exchange,
                "{\"name\":\"fovea\",\"version\":\"1\",\"extensions\":[],\"limits\":{\"body_bytes\":"
                    + limit
                    + "}}");
        case "/v2/models" ->
            send(
                exchange,
                "{\"models\":["
                    + models.keySet().stream()
                        .map(FakeServer::listed)
                        .collect(Collectors.joining(","))
                    + "]}");
        case "/v1/classify", "/v1/explain" -> picture(exchange, path, body);
        default -> refuse(exchange, 404, "nothing is at " + path);
      }
    }
  }

  private void picture(HttpExchange exchange, String path, byte[] body) throws IOException {
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    Request request = new Request(path, query, body, type);
    requests.add(request);
    if (busy.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      exchange.getResponseHeaders().set("Retry-After", "1");
      refuse(exchange, 503, "the queue is full");
    } else if (body.length < 4 || (body[0] != (byte) 0x89 && body[0] != (byte) 0xff)) {
      refuse(exchange, 400, "not an image: PNG, JPEG, … are read");
    } else {
      List<String> classes = models.getOrDefault(request.says("model"), List.of());
      send(
          exchange,
          path.equals("/v1/classify")
              ? classified(request.says("model"), classes)
              : explained(request, classes));
    }
  }

  private static String listed(String model) {
    return "{\"name\":"
        + quoted(model)
        + ",\"version\":\"1\",\"ready\":true,\"network\":\"resnet18\"}";
  }

  private static double probability(int rank, int classes) {
    return rank == 0 ? 0.81 : 0.19 * Math.pow(0.5, Math.min(rank, classes - 2));
  }

  private static String prediction(List<String> classes, int i) {
    return String.format(
        Locale.ROOT,
        "\"class\":%s,\"index\":%d,\"probability\":%.6f",
        quoted(classes.get(i)),
        i,
        probability(i, classes.size()));
  }

  private static String classified(String model, List<String> classes) {
    return "{\"models\":[{\"model\":"
        + quoted(model)
        + ",\"network\":\"resnet18\",\"predictions\":["
        + IntStream.range(0, classes.size())
            .mapToObj(i -> "{" + prediction(classes, i) + "}")
            .collect(Collectors.joining(","))
        + "],\"milliseconds\":12.25}]}";
  }

  private static int index(String name, List<String> classes) {
    return classes.contains(name) ? classes.indexOf(name) : Integer.parseInt(name);
  }

  private String explained(Request request, List<String> classes) {
    float[] values = new float[49];
    for (int i = 0; i < 49; i++) {
      double y = i / 7 - 3 + index(request.says("class"), classes);
      double x = i % 7 - 3;
      values[i] =
          (float)
              (negative
                  ? -0.1 - 0.01 * i
                  : Math.exp(-(x * x + y * y) / 4)
                      - (request.query().containsKey("versus") ? 0.4 : 0.05));
    }
    String versus =
        request.query().containsKey("versus")
            ? ",\"versus\":{" + prediction(classes, index(request.says("versus"), classes)) + "}"
            : "";
    return "{\"model\":"
        + quoted(request.says("model"))
        + ",\"network\":\"resnet18\",\"method\":\""
        + request.says("method")
        + "\","
        + prediction(classes, index(request.says("class"), classes))
        + versus
        + ",\"score\":7.5,\"map\":{\"height\":7,\"width\":7,\"values\":"
        + Arrays.toString(values)
        + ",\"min\":-1,\"max\":1},\"layer\":\"layer4.1\""
        + (negative ? ",\"remark\":\"Nothing in the picture speaks for this class.\"" : "")
        + ",\"seen\":\""
        + seen()
        + "\",\"overlay\":\""
        + seen()
        + "\",\"milliseconds\":31.5}";
  }

  static String seen() {
    return Base64.getEncoder().encodeToString(png(224, 224));
  }

  /** A picture that compresses well. */
  static byte[] png(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(new Color(120, 160, 200));
    g.fillRect(0, 0, width, height);
    g.setColor(new Color(90, 120, 60));
    g.fillRect(0, height * 2 / 3, width, height / 3);
    g.setColor(new Color(200, 90, 60));
    g.fillOval(width / 3, height / 3, width / 3, height / 3);
    g.dispose();
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(image, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw.split("&")) {
      String[] sides = pair.split("=", 2);
      query.put(sides[0], URLDecoder.decode(sides[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  private static String quoted(String text) {
    return new TextNode(text).toString();
  }

  private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    send(exchange, status, ("{\"error\":" + quoted(why) + "}").getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, String json) throws IOException {
    send(exchange, 200, json.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
