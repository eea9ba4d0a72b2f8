package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that others than this machine reach. */
class OpenToTheWorldTest {
  private static final String TOKEN = "correct-horse-battery-staple";

  /** The routes that need no token: probes, and files that are the same for all. */
  private static final Set<String> OPEN =
      Set.of("/v2/health/live", "/v2/health/ready", "/", "/docs", "/openapi.json");

  @TempDir private Path folder;

  @Test
  void withoutATokenItListensOnThisMachineOnly() {
    for (String host : List.of("0.0.0.0", "::")) {
      assertThatThrownBy(() -> AttackedServer.start(folder, o -> o.host(host)).close())
          .as(host)
          .hasMessageContaining("token")
          .hasMessageContaining(host);
    }
  }

  @Test
  void everyRouteButProbesAndThePageNeedsTheToken() throws IOException {
    try (AttackedServer server =
        AttackedServer.start(folder, o -> o.host("0.0.0.0").token(TOKEN).allowReload())) {
      Set<String> scanned = new TreeSet<>();
      for (String[] route : routes(server)) {
        String target = route[1];
        byte[] picture = SmallModel.picture(1);
        byte[] without = request(route[0], target, picture, null);
        int status = Wire.ask(server.port(), without).status();
        if (OPEN.contains(target)) {
          assertThat(status).as("%s %s", route[0], target).isNotEqualTo(401);
        } else {
          assertThat(status).as("%s %s without a token", route[0], target).isEqualTo(401);
          scanned.add(target);
          for (String wrong : wrongTokens()) {
            assertThat(Wire.ask(server.port(), request(route[0], target, picture, wrong)).status())
                .as("%s %s with '%s'", route[0], target, wrong)
                .isIn(400, 401, 431);
          }
          assertThat(
                  Wire.ask(server.port(), request(route[0], target, picture, "Bearer " + TOKEN))
                      .status())
              .as("%s %s with the token", route[0], target)
              .isNotEqualTo(401);
        }
      }
      assertThat(scanned).contains("/v1/classify", "/v2/models", "/metrics");
      assertThat(scanned).hasSizeGreaterThan(8);
    }
  }

  private static List<String> wrongTokens() {
    return List.of(
        "Bearer",
        "Bearer ",
        TOKEN,
        "Bearer " + TOKEN + "x",
        "Bearer " + TOKEN.substring(1),
        "Bearer " + TOKEN.toUpperCase(java.util.Locale.ROOT),
        "Basic "
            + java.util.Base64.getEncoder()
                .encodeToString((":" + TOKEN).getBytes(StandardCharsets.UTF_8)),
        "Bearer Bearer " + TOKEN,
        "Bearer " + "x".repeat(20_000));
  }

  @Test
  void aTokenInTheQueryOrInACookieIsNone() throws IOException {
    try (AttackedServer server = AttackedServer.start(folder, o -> o.token(TOKEN))) {
      for (String target : List.of("?token=", "?access_token=", "?authorization=Bearer%20")) {
        assertThat(Wire.ask(server.port(), Wire.get("/v2/models" + target + TOKEN)).status())
            .isEqualTo(401);
      }
      assertThat(Wire.ask(server.port(), Wire.get("/v2/models", "Cookie: token=" + TOKEN)).status())
          .isEqualTo(401);
    }
  }

  /** Method and path of every route: those of the OpenAPI document, and those of the protocol. */
  private static List<String[]> routes(AttackedServer server) throws IOException {
    List<String[]> all = new ArrayList<>();
    for (String target :
        List.of(
            "/",
            "/docs",
            "/openapi.json",
            "/metrics",
            "/v2",
            "/v2/health/live",
            "/v2/health/ready",
            "/v2/models",
            "/v2/models/stats",
            "/v2/models/small",
            "/v2/models/small/ready",
            "/v2/models/small/stats",
            "/v2/models/small/versions/1",
            "/v2/models/small/versions/1/ready")) {
      all.add(new String[] {"GET", target});
    }
    for (String target :
        List.of(
            "/v1/classify",
            "/v1/explain",
            "/v2/models/small/infer",
            "/v2/models/small/versions/1/infer",
            "/v2/models/small/explain",
            "/v2/repository/index",
            "/v2/repository/models/small/load",
            "/v2/repository/models/small/unload")) {
      all.add(new String[] {"POST", target});
    }
    String document = Wire.ask(server.port(), Wire.get("/openapi.json")).text();
    Matcher path = Pattern.compile("\"(/[^\"]*)\"\\s*:\\s*\\{").matcher(document);
    while (path.find()) {
      String target =
          path.group(1).replaceAll("\\{version\\}", "1").replaceAll("\\{[^}]*\\}", "small");
      for (String method : List.of("GET", "POST")) {
        // Which files the page has is known to the server alone; of all others it says nothing.
        if (!target.startsWith("/page/") && !target.contains("#") && all.stream().noneMatch(r -> r[1].equals(target))) {
          all.add(new String[] {method, target});
        }
      }
    }
    return all;
  }

  private static byte[] request(
      String method, String target, byte[] body, @org.jspecify.annotations.Nullable String token) {
    String[] headers = token == null ? new String[0] : new String[] {"Authorization: " + token};
    return method.equals("GET")
        ? Wire.get(target, headers).getBytes(StandardCharsets.ISO_8859_1)
        : Wire.post(target, body, headers);
  }

  @Test
  void modelsAreNotChangedUnlessThatIsAllowed() throws IOException {
    try (AttackedServer server = AttackedServer.start(folder, o -> o)) {
      for (String target :
          List.of(
              "/v2/repository/models/small/load",
              "/v2/repository/models/small/unload",
              "/v2/repository/models/other/load",
              "/v2/repository/models/..%2fother/load",
              "/v2/repository/register",
              "/models",
              "/models?url=http://localhost/x.mar",
              "/management",
              "/actuator")) {
        assertThat(Wire.ask(server.port(), Wire.post(target, "{}")).status())
            .as(target)
            .isIn(400, 403, 404, 405, 501);
      }
      assertThat(Wire.ask(server.port(), Wire.post("/v2/repository/index", "{}")).status())
          .isEqualTo(200);
      server.assertAnswers();
    }
  }
}
