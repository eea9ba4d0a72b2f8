package dev.fovea.server;

import dev.fovea.ClassifierOptions;
import dev.fovea.api.Api;
import dev.fovea.server.http.HttpSettings;
import dev.fovea.server.http.HttpSettings.Limits;
import dev.fovea.server.http.Token;
import dev.fovea.server.model.ModelSource;
import dev.fovea.server.model.ServedModels;
import dev.fovea.server.model.ServingOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * What a {@link Server} serves, where and to whom. Immutable; each method returns a copy.
 *
 * <pre>{@code
 * ServerOptions options =
 *     ServerOptions.standard().model("pets", Path.of("pets.safetensors")).port(8080);
 * try (Server server = Server.start(options)) {
 *   server.await();
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class ServerOptions {
  private static final Pattern ORIGIN = Pattern.compile("https?://[^/?#\\s,]+");
  private static final int MEGA = 1 << 20;
  private static final int HIGHEST_PORT = 65535;
  private static final int STANDARD_PORT = 8080;
  private static final int STANDARD_BODY = 32 * MEGA;
  private static final int STANDARD_MEGAPIXELS = 250;

  private static final ServerOptions STANDARD =
      new ServerOptions(
          List.of(),
          ServingOptions.standard(),
          new HttpSettings(
              "127.0.0.1",
              Optional.empty(),
              Optional.empty(),
              Set.of(),
              new Limits(
                  STANDARD_BODY,
                  Math.max(2L * STANDARD_BODY, Runtime.getRuntime().maxMemory() / 4),
                  512,
                  Duration.ofSeconds(30),
                  Duration.ofSeconds(60))),
          STANDARD_PORT,
          new Behavior(Duration.ofSeconds(30), 64, STANDARD_MEGAPIXELS, false, false),
          new Logs(
              line -> System.getLogger(Server.class.getName()).log(System.Logger.Level.INFO, line),
              request -> {}));

  private final List<ModelSource> models;
  private final ServingOptions serving;
  private final HttpSettings http;
  private final int port;
  private final Behavior behavior;
  private final Logs logs;

  /** How requests are answered. */
  record Behavior(
      Duration timeout, int images, int megapixels, boolean reloading, boolean watching) {}

  /** Who hears of what happens, and of each request. */
  record Logs(Consumer<String> events, Consumer<AnsweredRequest> access) {}

  private ServerOptions(
      List<ModelSource> models,
      ServingOptions serving,
      HttpSettings http,
      int port,
      Behavior behavior,
      Logs logs) {
    this.models = models;
    this.serving = serving;
    this.http = http;
    this.port = port;
    this.behavior = behavior;
    this.logs = logs;
  }

  /**
   * No model yet; port 8080 of this machine alone; bodies of at most 32 MiB, 64 images in a
   * request, 512 connections, 30 seconds for a request; events to the system's logger.
   */
  public static ServerOptions standard() {
    return STANDARD;
  }

  /**
   * Serves a model too.
   *
   * @param name in the paths of requests: letters, digits and {@code . _ -}, at most 64
   * @param path a model file, or the folder of a run
   * @throws IllegalArgumentException if the name cannot be used
   */
  public ServerOptions model(String name, Path path) {
    return added(new ModelSource(name, path));
  }

  /**
   * Serves a model too.
   *
   * @param source {@code NAME=PATH}, or a path alone, after which the model is named
   * @throws IllegalArgumentException if no name can be made of it
   */
  public ServerOptions model(String source) {
    return added(ModelSource.parse(source));
  }

  private ServerOptions added(ModelSource source) {
    List<ModelSource> all = new ArrayList<>(models);
    all.add(source);
    var unused = ServedModels.named(all);
    return new ServerOptions(List.copyOf(all), serving, http, port, behavior, logs);
  }

  /**
   * Listens at another address than 127.0.0.1. One that other machines reach needs a {@link
   * #token}.
   */
  public ServerOptions host(String name) {
    return with(
        new HttpSettings(name, http.token(), http.keystore(), http.origins(), http.limits()));
  }

  /** Listens at this port; 0 takes one that is free. */
  public ServerOptions port(int number) {
    if (number < 0 || number > HIGHEST_PORT) {
      throw new IllegalArgumentException(
          "the port must be 0 to " + HIGHEST_PORT + ", got " + number);
    }
    return new ServerOptions(models, serving, http, number, behavior, logs);
  }

  /** Answers only requests that bring this secret, {@code Authorization: Bearer SECRET}. */
  public ServerOptions token(String secret) {
    return with(
        new HttpSettings(
            http.host(),
            Optional.of(new Token(secret)),
            http.keystore(),
            http.origins(),
            http.limits()));
  }

  /** Speaks TLS, 1.2 and newer, with the key and certificate of a PKCS12 or JKS file. */
  public ServerOptions keystore(Path file, String password) {
    return with(
        new HttpSettings(
            http.host(),
            http.token(),
            Optional.of(new HttpSettings.Keystore(file, password)),
            http.origins(),
            http.limits()));
  }

  /**
   * Lets pages of this origin use the server.
   *
   * @param origin such as {@code https://example.org}, without a path
   */
  public ServerOptions allowOrigin(String origin) {
    if (!ORIGIN.matcher(origin).matches()) {
      throw new IllegalArgumentException(
          "'" + origin + "' is not an origin; expected one such as https://example.org");
    }
    Set<String> all = new HashSet<>(http.origins());
    all.add(origin);
    return with(new HttpSettings(http.host(), http.token(), http.keystore(), all, http.limits()));
  }

  /** Refuses bodies of more bytes, sent or decompressed. */
  public ServerOptions largestBody(int bytes) {
    Limits l = http.limits();
    int checked = positive("largestBody", bytes);
    return with(
        new Limits(
            checked,
            Math.max(l.memoryBytes(), 2L * checked),
            l.connections(),
            l.headerTime(),
            l.bodyTime()));
  }

  /** Accepts at most this many connections at a time; further ones wait. */
  public ServerOptions mostConnections(int number) {
    Limits l = http.limits();
    return with(
        new Limits(
            l.bodyBytes(),
            l.memoryBytes(),
            positive("mostConnections", number),
            l.headerTime(),
            l.bodyTime()));
  }

  /**
   * Bounds the time in which a client must send.
   *
   * @param header for the header of a request, and for which a connection may be idle
   * @param body for the body
   */
  public ServerOptions patience(Duration header, Duration body) {
    Limits l = http.limits();
    return with(
        new Limits(
            l.bodyBytes(),
            l.memoryBytes(),
            l.connections(),
            positive("patience", header),
            positive("patience", body)));
  }

  /** Runs models so, except that their waiting images are bounded by {@link #queue}. */
  public ServerOptions classifier(ClassifierOptions options) {
    return new ServerOptions(models, serving.with(options), http, port, behavior, logs);
  }

  /**
   * Lets each model have so many images under way, and answers requests beyond with status 503.
   * Without it, a model may have as many as it computes in a second and at least 64, but only a few
   * while more come than it answers, so that these need not wait long.
   */
  public ServerOptions queue(int images) {
    return new ServerOptions(
        models, serving.withQueue(positive("queue", images)), http, port, behavior, logs);
  }

  /** Keeps so many answers of each model for images that come again; 0 for none. */
  public ServerOptions cache(int answers) {
    return new ServerOptions(models, serving.withCache(answers), http, port, behavior, logs);
  }

  /** Drops a request that has not been computed after this time, unless it says a shorter one. */
  public ServerOptions timeout(Duration time) {
    return with(
        new Behavior(
            positive("timeout", time),
            behavior.images,
            behavior.megapixels,
            behavior.reloading,
            behavior.watching));
  }

  /** Accepts at most this many images in one request. */
  public ServerOptions mostImages(int number) {
    return with(
        new Behavior(
            behavior.timeout,
            positive("mostImages", number),
            behavior.megapixels,
            behavior.reloading,
            behavior.watching));
  }

  /** Accepts images of at most this many millions of pixels. */
  public ServerOptions megapixels(int number) {
    return with(
        new Behavior(
            behavior.timeout,
            behavior.images,
            positive("megapixels", number),
            behavior.reloading,
            behavior.watching));
  }

  /** Lets a request have a model read again from the file that it came from. */
  public ServerOptions allowReload() {
    return with(
        new Behavior(
            behavior.timeout, behavior.images, behavior.megapixels, true, behavior.watching));
  }

  /** Replaces a model when its file changes. */
  public ServerOptions watch() {
    return with(
        new Behavior(
            behavior.timeout, behavior.images, behavior.megapixels, behavior.reloading, true));
  }

  /** Tells what happens, one line at a time, to this instead of the system's logger. */
  public ServerOptions log(Consumer<String> lines) {
    return new ServerOptions(models, serving, http, port, behavior, new Logs(lines, logs.access));
  }

  /** Tells each answered request to this. */
  public ServerOptions accessLog(Consumer<AnsweredRequest> requests) {
    return new ServerOptions(
        models, serving, http, port, behavior, new Logs(logs.events, requests));
  }

  private ServerOptions with(HttpSettings other) {
    return new ServerOptions(models, serving, other, port, behavior, logs);
  }

  private ServerOptions with(Limits limits) {
    return with(
        new HttpSettings(http.host(), http.token(), http.keystore(), http.origins(), limits));
  }

  private ServerOptions with(Behavior other) {
    return new ServerOptions(models, serving, http, port, other, logs);
  }

  private static int positive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + number);
    }
    return number;
  }

  private static Duration positive(String what, Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(what + " must be more than 0, got " + time);
    }
    return time;
  }

  List<ModelSource> models() {
    return models;
  }

  ServingOptions serving() {
    return serving.with(serving.classifier().megapixels(behavior.megapixels));
  }

  HttpSettings http() {
    return http;
  }

  int port() {
    return port;
  }

  Behavior behavior() {
    return behavior;
  }

  Logs logs() {
    return logs;
  }
}
