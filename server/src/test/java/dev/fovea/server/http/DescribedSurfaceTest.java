package dev.fovea.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.server.Server;
import dev.fovea.server.ServerOptions;
import dev.fovea.server.attack.SmallModel;
import dev.fovea.server.model.ModelSource;
import dev.fovea.server.model.ServedModels;
import dev.fovea.server.model.ServingOptions;
import dev.fovea.server.page.Described;
import dev.fovea.server.page.StaticFile;
import dev.fovea.server.page.WebPage;
import dev.fovea.server.protocol.InferLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server is as {@code openapi.json} says: its paths, and its answers. */
class DescribedSurfaceTest {
  private static final String MODEL = "/v2/models/{model}";
  private static final byte[] PICTURE = SmallModel.picture(1);

  @TempDir private static Path folder;
  private static Path model;
  private static Server server;
  private static HttpClient client;

  private final Described described = new Described();

  @BeforeAll
  static void start() {
    model = SmallModel.write(folder.resolve("small.safetensors"), List.of("cat", "dog", "<b>"), 3);
    server =
        Server.start(
            ServerOptions.standard().model("small", model).port(0).allowReload().log(line -> {}));
    client = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everyRouteIsDescribedAndNothingElseIs() {
    try (ServedModels models =
        ServedModels.open(List.of(new ModelSource("small", model)), ServingOptions.standard())) {
      Surface.Settings settings =
          new Surface.Settings(
              "1", new InferLimits(1, 1), 1, Duration.ofSeconds(1), true, () -> false, r -> {});
      Routes routes = new Surface(models, settings).routes();
      Set<String> served = new TreeSet<>();
      for (String path : routes.paths()) {
        for (String method : routes.methods(path)) {
          if (!method.equals("HEAD")) {
            served.add(method + " " + path);
          }
        }
      }
      for (StaticFile file : WebPage.files()) {
        if (file.path().startsWith("/page/")) {
          assertThat(served.remove("GET " + file.path())).isTrue();
          served.add("GET /page/{file}");
        }
      }
      assertThat(described.routes()).isEqualTo(served);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v2, /v2",
    "/v2/models, /v2/models",
    "/v2/models/stats, /v2/models/stats",
    MODEL + ", /v2/models/small",
    MODEL + "/ready, /v2/models/small/ready",
    MODEL + "/stats, /v2/models/small/stats",
    "/v2/health/live, /v2/health/live",
    "/v2/health/ready, /v2/health/ready",
    "/metrics, /metrics",
    "/, /",
    "/docs, /docs",
    "/openapi.json, /openapi.json",
    "/page/{file}, /page/fovea.css",
    "/page/{file}, /page/fovea.js",
    "/page/{file}, /page/icon.svg"
  })
  void whatIsReadIsAsDescribed(String path, String asked) {
    assertThat(faults("GET " + path, 200, request(asked).GET())).isEmpty();
  }

  @Test
  void versionsAreAsDescribed() {
    String version = field(send(request("/v2/models").GET()), "version");
    for (String more : List.of("", "/ready", "/stats")) {
      String asked = "/v2/models/small/versions/" + version + more;
      String route = "GET " + MODEL + "/versions/{version}" + more;
      assertThat(faults(route, 200, request(asked).GET())).isEmpty();
    }
    assertThat(
            faults(
                "GET " + MODEL + "/versions/{version}",
                404,
                request("/v2/models/small/versions/none").GET()))
        .isEmpty();
    assertThat(
            faults(
                "POST " + MODEL + "/versions/{version}/infer",
                200,
                infer("/v2/models/small/versions/" + version + "/infer", "")))
        .isEmpty();
  }

  @Test
  void predictionsAreAsDescribed() {
    for (String query : List.of("", "?model=small", "?model=small&top=1", "?top=1000")) {
      assertThat(faults("POST /v1/classify", 200, picture("/v1/classify" + query, PICTURE)))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"grad-cam", "hires-cam", "integrated-gradients", "smooth-grad", "occlusion"})
  void explanationsAreAsDescribed(String method) {
    for (String query : List.of("", "&class=dog", "&class=1&versus=cat")) {
      String asked = "/v1/explain?model=small&method=" + method + query;
      assertThat(faults("POST /v1/explain", 200, picture(asked, PICTURE))).isEmpty();
    }
    String named = "/v2/models/small/explain?method=" + method;
    assertThat(faults("POST " + MODEL + "/explain", 200, picture(named, PICTURE))).isEmpty();
  }

  @Test
  void explanationsThatAreRefusedAreAsDescribed() {
    for (String query : List.of("method=magic", "class=bird", "class=cat&versus=cat", "x=1")) {
      assertThat(faults("POST /v1/explain", 400, picture("/v1/explain?" + query, PICTURE)))
          .isEmpty();
    }
    assertThat(faults("POST " + MODEL + "/explain", 404, picture("/v2/models/no/explain", PICTURE)))
        .isEmpty();
  }

  @Test
  void inferenceIsAsDescribed() {
    String route = "POST " + MODEL + "/infer";
    String asked = "/v2/models/small/infer";
    assertThat(faults(route, 200, infer(asked, ""))).isEmpty();
    assertThat(
            faults(
                route,
                200,
                infer(
                    asked,
                    ",\"outputs\":[{\"name\":\"logits\"},{\"name\":\"probabilities\",\"parameters\":{\"classification\":2}}]")))
        .isEmpty();
    assertThat(faults(route, 200, infer(asked, ",\"parameters\":{\"binary_data_output\":true}")))
        .isEmpty();
  }

  @Test
  void theRepositoryIsAsDescribed() {
    assertThat(
            faults(
                "POST /v2/repository/index",
                200,
                request("/v2/repository/index").POST(BodyPublishers.ofString("{}"))))
        .isEmpty();
    String load = "POST /v2/repository/models/{model}/load";
    assertThat(
            faults(
                load,
                200,
                request("/v2/repository/models/small/load").POST(BodyPublishers.ofString("{}"))))
        .isEmpty();
    assertThat(
            faults(
                load,
                404,
                request("/v2/repository/models/none/load").POST(BodyPublishers.ofString("{}"))))
        .isEmpty();
    assertThat(
            faults(
                "POST /v2/repository/models/{model}/unload",
                403,
                request("/v2/repository/models/small/unload").POST(BodyPublishers.ofString("{}"))))
        .isEmpty();
  }

  @Test
  void refusalsAreAsDescribed() {
    String classify = "POST /v1/classify";
    assertThat(
            faults(
                classify,
                400,
                picture("/v1/classify", "no picture".getBytes(StandardCharsets.UTF_8))))
        .isEmpty();
    assertThat(faults(classify, 404, picture("/v1/classify?model=none", PICTURE))).isEmpty();
    assertThat(
            faults(
                classify,
                415,
                request("/v1/classify")
                    .header("Content-Type", "text/css")
                    .POST(BodyPublishers.ofByteArray(PICTURE))))
        .isEmpty();
    assertThat(
            faults(
                classify,
                403,
                picture("/v1/classify", PICTURE).header("Origin", "https://example.org")))
        .isEmpty();
    assertThat(
            faults(
                "POST " + MODEL + "/infer",
                400,
                request("/v2/models/small/infer").POST(BodyPublishers.ofString("{}"))))
        .isEmpty();
    assertThat(faults("GET " + MODEL, 404, request("/v2/models/none").GET())).isEmpty();
  }

  @Test
  void theNeedOfATokenIsAsDescribed() {
    try (Server closed =
        Server.start(
            ServerOptions.standard()
                .model("small", model)
                .port(0)
                .token("a secret of some length")
                .log(line -> {}))) {
      for (String route : described.routes()) {
        String path =
            route
                .split(" ")[1]
                .replace("{model}", "small")
                .replace("{version}", "1")
                .replace("{file}", "fovea.js");
        HttpRequest.Builder request = HttpRequest.newBuilder(closed.address().resolve(path));
        request =
            route.startsWith("GET") ? request.GET() : request.POST(BodyPublishers.ofString("{}"));
        HttpResponse<byte[]> answer = send(request);
        assertThat(answer.statusCode() == 401).as(route).isEqualTo(described.needsToken(route));
        if (answer.statusCode() == 401) {
          assertThat(described.faults(route, 401, type(answer), answer.body())).isEmpty();
        }
      }
    }
  }

  private List<String> faults(String route, int status, HttpRequest.Builder request) {
    HttpResponse<byte[]> answer = send(request);
    assertThat(answer.statusCode())
        .as(new String(answer.body(), StandardCharsets.UTF_8))
        .isEqualTo(status);
    return described.faults(route, status, type(answer), answer.body());
  }

  private static String type(HttpResponse<?> answer) {
    return answer.headers().firstValue("Content-Type").orElse("none");
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server.address().resolve(path).toString()));
  }

  private static HttpRequest.Builder picture(String path, byte[] body) {
    return request(path)
        .header("Content-Type", "image/jpeg")
        .POST(BodyPublishers.ofByteArray(body));
  }

  private static HttpRequest.Builder infer(String path, String more) {
    String image = Base64.getEncoder().encodeToString(PICTURE);
    String body =
        "{\"id\":\"7\",\"inputs\":[{\"name\":\"input\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\""
            + image
            + "\"]}]"
            + more
            + "}";
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The first text field of that name in an answer. */
  private static String field(HttpResponse<byte[]> answer, String name) {
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    int start = text.indexOf("\"" + name + "\":\"") + name.length() + 4;
    return text.substring(start, text.indexOf('"', start));
  }
}
