package dev.fovea.server;

import dev.fovea.api.Api;
import dev.fovea.server.http.FrontEndListener;
import dev.fovea.server.http.HttpFrontEnd;
import dev.fovea.server.http.HttpSettings;
import dev.fovea.server.http.Port;
import dev.fovea.server.http.Routes;
import dev.fovea.server.http.Surface;
import dev.fovea.server.metrics.RequestFigures;
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
  private static final int WAITING_RELOADS = 4;

  private final ServedModels models;
  private final HttpFrontEnd front;
  private final ThreadPoolExecutor slow;
  private final ServerOptions.Logs logs;
  private final AtomicBoolean draining;
  private final CompletableFuture<Void> ended;

  private Server(
      ServedModels models,
      HttpFrontEnd front,
      ThreadPoolExecutor slow,
      ServerOptions.Logs logs,
      AtomicBoolean draining,
      CompletableFuture<Void> ended) {
    this.models = models;
    this.front = front;
    this.slow = slow;
    this.logs = logs;
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
              + ", and there is no token that they must bring; set one (server.token), or listen at"
              + " 127.0.0.1 (server.host)");
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
              + "); if another program uses this port, choose another one (server.port)",
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
    Routes routes = null;
    RequestCounts counts = new RequestCounts();
    routes =
        Surface.of(
            models,
            new Surface.Settings(
                version(),
                new InferLimits(behavior.images(), behavior.megapixels() * 1_000_000L),
                options.http().limits().bodyBytes(),
                behavior.timeout(),
                behavior.reloading(),
                draining::get,
                counts::write,
                slow));
    RequestFigures figures = new RequestFigures(routes.paths());
    try {
      HttpFrontEnd front =
          HttpFrontEnd.start(
              port, options.http(), routes, new Heard(figures, options.logs(), ended));
      return new Server(models, front, slow, options.logs(), draining, ended);
    } catch (IOException e) {
      throw new ServerException(String.valueOf(e.getMessage()), e);
    }
  }
}
