package dev.fovea.server;

import dev.fovea.api.Api;
import dev.fovea.server.http.HttpFrontEnd;
import dev.fovea.server.http.HttpSettings;
import dev.fovea.server.http.Port;
import dev.fovea.server.http.Surface;
import dev.fovea.server.model.ServedModel;
import dev.fovea.server.model.ServedModels;
import dev.fovea.server.protocol.InferLimits;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Image classifiers behind a port: the Open Inference Protocol v2, a plain way to classify a
 * picture, figures for Prometheus, and a page to try it all.
 *
 * <pre>{@code
 * ServerOptions options =
 *     ServerOptions.standard().model("pets", Path.of("pets.safetensors")).port(0);
 * try (Server server = Server.start(options)) {
 *   System.out.println(server.address() + " serves " + server.models());
 * }
 * }</pre>
 *
 * <p>Safe for any number of threads. It has threads of its own, which do not keep a program alive.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Server implements AutoCloseable {
  private static final Duration WATCHING = Duration.ofSeconds(2);
  private static final Duration CLOSING = Duration.ofSeconds(10);
  private static final int WAITING_RELOADS = 4;

  private final ServedModels models;
  private final HttpFrontEnd front;
  private final ThreadPoolExecutor slow;
  private final AtomicBoolean draining;
  private final CompletableFuture<Void> ended;

  private Server(
      ServedModels models,
      HttpFrontEnd front,
      ThreadPoolExecutor slow,
      AtomicBoolean draining,
      CompletableFuture<Void> ended) {
    this.models = models;
    this.front = front;
    this.slow = slow;
    this.draining = draining;
    this.ended = ended;
  }

  /**
   * Opens the port, then the models, tests them, and answers from then on.
   *
   * @throws ServerException if the port or the keystore cannot be used, or the options need a token
   * @throws dev.fovea.checkpoint.CheckpointException if a model file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Server start(ServerOptions options) {
    check(options);
    Port port = port(options);
    ServedModels models;
    try {
      models = ServedModels.open(options.models(), options.serving());
    } catch (RuntimeException | Error e) {
      closeQuietly(port);
      throw e;
    }
    try {
      return started(options, port, models);
    } catch (RuntimeException | Error e) {
      models.close();
      throw e;
    }
  }

  private static void check(ServerOptions options) {
    HttpSettings http = options.http();
    if (options.models().isEmpty()) {
      throw new ServerException("there is no model to serve; name at least one");
    }
    if (!Port.isLocal(http.host()) && http.token().isEmpty()) {
      throw new ServerException(
          "other machines may reach "
              + http.host()
              + ", and there is no token that they must bring; set server.token, or leave"
              + " server.host at 127.0.0.1");
    }
    if (http.keystore().isPresent() && !Files.isReadable(http.keystore().get().file())) {
      throw new ServerException(
          http.keystore().get().file() + ": there is no keystore that can be read; check the path");
    }
  }

  private static Port port(ServerOptions options) {
    String at = options.http().host() + ":" + options.port();
    try {
      return Port.open(options.http().host(), options.port());
    } catch (BindException e) {
      throw new ServerException(
          "cannot listen at "
              + at
              + " ("
              + e.getMessage()
              + "); if another program uses this port, choose another server.port",
          e);
    } catch (IOException e) {
      throw new ServerException("cannot listen at " + at + ": " + e.getMessage(), e);
    }
  }

  private static Server started(ServerOptions options, Port port, ServedModels models) {
    ThreadPoolExecutor slow =
        new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_RELOADS), Server::thread);
    AtomicBoolean draining = new AtomicBoolean();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    ServerOptions.Behavior behavior = options.behavior();
    Surface surface =
        new Surface(
            models,
            new Surface.Settings(
                version(),
                new InferLimits(behavior.images(), behavior.megapixels() * 1_000_000L),
                options.http().limits().bodyBytes(),
                behavior.timeout(),
                behavior.reloading(),
                draining::get,
                slow));
    Heard heard = new Heard(surface.figures(), options.logs(), ended);
    try {
      HttpFrontEnd front = HttpFrontEnd.start(port, options.http(), surface.routes(), heard);
      if (behavior.watching()) {
        models.watch(WATCHING);
      }
      return new Server(models, front, slow, draining, ended);
    } catch (IOException e) {
      throw new ServerException(
          "the server cannot be started: "
              + Heard.words(e)
              + "; check the keystore and its password",
          e);
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "fovea-server-slow");
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(Port port) {
    try {
      port.close();
    } catch (IOException e) {
      // The reason why it is closed is the one to tell.
      System.getLogger(Server.class.getName())
          .log(System.Logger.Level.DEBUG, "the port could not be closed", e);
    }
  }

  private static String version() {
    String version = Server.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  /** Where it listens, with the port that was chosen: {@code http://127.0.0.1:8080}. */
  public URI address() {
    return front.address();
  }

  /** The names of its models. */
  public List<String> models() {
    return models.all().stream().map(ServedModel::name).toList();
  }

  /**
   * Stops without breaking anything: says that it is not ready, refuses new requests with status
   * 503 and {@code Retry-After}, soon also new connections, and answers what it has accepted.
   *
   * @param limit how long to wait for the answers
   * @return the number of requests that had no answer by then; {@link #close} closes their
   *     connections
   */
  public int drain(Duration limit) {
    draining.set(true);
    return front.drain(limit);
  }

  /**
   * Waits until the server is closed.
   *
   * @throws OutOfMemoryError if there is no memory left; the process is best ended then
   * @throws InterruptedException if the thread is interrupted
   */
  public void await() throws InterruptedException {
    try {
      ended.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error fatal) {
        throw fatal;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Stops as {@link #drain} does, waiting at most ten seconds, unless that has been called; then
   * closes all connections and the models. Closing again has no effect.
   */
  @Override
  public void close() {
    if (!draining.get()) {
      int unused = drain(CLOSING);
    }
    front.close();
    slow.shutdownNow();
    models.close();
    ended.complete(null);
  }
}
