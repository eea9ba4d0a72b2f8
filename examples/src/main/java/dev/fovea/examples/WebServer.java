package dev.fovea.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fovea.Classifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers web requests: {@code WebServer MODEL PORT}, then {@code curl --data-binary @cat.jpg
 * localhost:8080}.
 */
public final class WebServer implements AutoCloseable {
  private final Classifier classifier;
  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final HttpServer server;

  /** Starts the server; port 0 takes a free one. */
  public WebServer(Path model, int port) throws IOException {
    classifier = Classifier.open(model);
    server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  /** The port that it listens to. */
  public int port() {
    return server.getAddress().getPort();
  }

  // Requests that come at the same time are computed together.
  private void answer(HttpExchange request) throws IOException {
    String text;
    int status = 200;
    try {
      text = classifier.predict(request.getRequestBody()).best() + "\n";
    } catch (RuntimeException e) {
      text = e.getMessage() + "\n";
      status = 400;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    request.sendResponseHeaders(status, bytes.length);
    request.getResponseBody().write(bytes);
    request.close();
  }

  @Override
  public void close() {
    server.stop(1);
    threads.shutdown();
    classifier.close();
  }

  /** Runs the program until it is ended. */
  public static void main(String[] args) throws IOException {
    WebServer server = new WebServer(Path.of(args[0]), Integer.parseInt(args[1]));
    System.out.println("listening on port " + server.port());
  }
}
