package dev.fovea.server.http;

import dev.fovea.server.metrics.Exposition;
import dev.fovea.server.metrics.RequestFigures;
import dev.fovea.server.model.ServedModel;
import dev.fovea.server.model.ServedModels;
import dev.fovea.server.model.SwapException;
import dev.fovea.server.page.StaticFile;
import dev.fovea.server.page.WebPage;
import dev.fovea.server.protocol.Documents;
import dev.fovea.server.protocol.InferLimits;
import dev.fovea.server.protocol.LoadReader;
import dev.fovea.server.protocol.ModelSignature;
import dev.fovea.server.protocol.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/** The paths of the server: one line for each, and the functions that answer. */
public final class Surface {
  private static final String MODEL = "/v2/models/{model}";
  private static final String VERSION = MODEL + "/versions/{version}";

  private final ServedModels models;
  private final Catalog catalog;
  private final Inference inference;
  private final Explaining explaining;
  private final Settings settings;
  private final Routes routes;
  private final RequestFigures figures;

  /**
   * What the answers depend on.
   *
   * @param version of the program
   * @param bodyBytes of the largest body, which is announced
   * @param timeout for predictions whose request does not say a shorter one
   * @param reloading whether a request may replace a model by what is in its file now
   * @param draining whether the server is stopping
   * @param slow does what takes seconds
   */
  public record Settings(
      String version,
      InferLimits limits,
      long bodyBytes,
      Duration timeout,
      boolean reloading,
      BooleanSupplier draining,
      Executor slow) {}

  /** The routes to some models. */
  public Surface(ServedModels models, Settings settings) {
    this.models = models;
    this.settings = settings;
    this.catalog = new Catalog(models);
    this.inference = new Inference(catalog, settings.limits(), settings.timeout());
    this.explaining = new Explaining(catalog, settings.timeout());
    this.routes = declared();
    this.figures = new RequestFigures(routes.paths());
  }

  /** What answers. */
  public Routes routes() {
    return routes;
  }

  /** What counts the answers, for {@code /metrics}. */
  public RequestFigures figures() {
    return figures;
  }

  private Routes declared() {
    Routes.Builder routes = new Routes.Builder();
    probe(routes, "/v2/health/live", call -> Reply.json(Documents.state("live", true)));
    probe(routes, "/v2/health/ready", call -> ready());
    get(routes, "/v2", call -> server());
    get(routes, "/v2/models", call -> Reply.json(Documents.models(catalog.listed())));
    get(routes, "/v2/models/stats", call -> statistics(catalog.counted()));
    for (String model : List.of(MODEL, VERSION)) {
      get(routes, model, call -> Reply.json(Documents.model(signature(call))));
      get(routes, model + "/ready", call -> ready(catalog.named(call)));
      get(
          routes,
          model + "/stats",
          call -> statistics(List.of(Catalog.counted(catalog.named(call)))));
      routes.post(model + "/infer", inference::infer);
    }
    routes.post("/v1/explain", explaining::queried).post(MODEL + "/explain", explaining::named);
    routes
        .post("/v1/classify", inference::classify)
        .post("/v2/repository/index", call -> now(Reply.json(Documents.index(catalog.listed()))))
        .post("/v2/repository/models/{model}/load", this::load)
        .post("/v2/repository/models/{model}/unload", call -> unload());
    get(routes, "/metrics", call -> metrics());
    for (StaticFile file : WebPage.files()) {
      routes.add("GET", file.path(), Routes.Access.PUBLIC, call -> now(page(file, call)));
    }
    return routes.build();
  }

  /** Answers at once. */
  private interface Answer {
    Reply to(Call call);
  }

  private static void get(Routes.Builder routes, String path, Answer answer) {
    routes.get(path, call -> now(answer.to(call)));
  }

  private static void probe(Routes.Builder routes, String path, Answer answer) {
    routes.add("GET", path, Routes.Access.PROBE, call -> now(answer.to(call)));
  }

  private static CompletableFuture<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private ModelSignature signature(Call call) {
    return Catalog.signature(catalog.named(call));
  }

  private Reply server() {
    return Reply.json(
        Documents.server(settings.version(), settings.limits(), settings.bodyBytes()));
  }

  private Reply ready() {
    boolean ready = models.ready() && !settings.draining().getAsBoolean();
    byte[] body = Documents.state("ready", ready);
    return ready ? Reply.json(body) : new Reply(503, "application/json", body, Map.of());
  }

  private Reply ready(ServedModel model) {
    boolean ready = model.ready() && !settings.draining().getAsBoolean();
    byte[] body = Documents.modelReady(Catalog.signature(model), ready);
    return ready ? Reply.json(body) : new Reply(503, "application/json", body, Map.of());
  }

  private static Reply statistics(List<Documents.Counted> counted) {
    return Reply.json(Documents.statistics(counted));
  }

  private Reply metrics() {
    Exposition page = new Exposition();
    models.write(page);
    figures.write(page);
    return new Reply(
        200, Exposition.CONTENT_TYPE, page.text().getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private static Reply page(StaticFile file, Call call) {
    boolean known = call.header("If-None-Match").filter(file.etag()::equals).isPresent();
    Map<String, String> headers = file.headers();
    return known
        ? new Reply(304, "", new byte[0], headers)
        : new Reply(200, file.contentType(), file.bytes(), headers);
  }

  // The file is the one that the server was started with: a request never names one.
  private CompletableFuture<Reply> load(Call call) {
    ServedModel model = catalog.find(call.part("model"));
    if (!settings.reloading()) {
      throw new ProtocolException(
          403, "this server does not load models on request; restart it with reloading allowed");
    }
    LoadReader.check(call.body());
    try {
      return CompletableFuture.supplyAsync(() -> reloaded(model), settings.slow());
    } catch (RejectedExecutionException e) {
      throw new ProtocolException(503, "other models are being loaded; try again later");
    }
  }

  private static Reply reloaded(ServedModel model) {
    try {
      String version = model.reload();
      return Reply.json(
          Documents.object(
              json -> {
                json.writeStringField("name", model.name());
                json.writeStringField("version", version);
              }));
    } catch (SwapException e) {
      throw ProtocolException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static CompletableFuture<Reply> unload() {
    throw new ProtocolException(
        403, "this server keeps the models that it was started with; stop it to unload them");
  }
}
