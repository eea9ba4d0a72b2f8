package dev.fovea.server.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.Classifier;
import dev.fovea.eval.Prediction;
import dev.fovea.server.attack.AttackedServer;
import dev.fovea.server.attack.SmallModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client in Python that OpenAPI Generator makes of {@code /openapi.json}. Runs with {@code
 * -Pinterop -Dfovea.python=PYTHON -Dfovea.openapi.generator=JAR}; {@code .ci/interop} says where
 * they come from.
 */
@Tag("interop")
class GeneratedClientTest {
  @TempDir private Path folder;

  @Test
  void aGeneratedClientAsksEveryKindOfQuestion() throws Exception {
    String generator = System.getProperty("fovea.openapi.generator", "");
    assumeTrue(
        !generator.isEmpty(),
        "there is no OpenAPI Generator (-Dfovea.openapi.generator): no client was generated");
    byte[] picture = SmallModel.picture(1);
    Path file = Files.write(folder.resolve("cat.jpg"), picture);
    try (AttackedServer server = AttackedServer.start(folder, o -> o)) {
      String address = "http://127.0.0.1:" + server.port();
      generate(generator, address);
      Prediction expected;
      try (Classifier classifier = server.classifier()) {
        expected = classifier.predict(picture);
      }
      List<String> said = ask(address, file, picture);
      assertThat(said.get(0)).contains("\"classify\"", "\"infer\"", "\"get_model\"");
      assertThat(answer(said, "live")).isNotEmpty();
      assertThat(answer(said, "list_models")).contains("small");
      assertThat(answer(said, "get_model")).contains("FP32", "\"input\"", "probabilities");
      assertThat(answer(said, "get_repository_index")).contains("small");
      assertThat(answer(said, "classify"))
          .contains("\"class\": \"" + expected.best().name() + "\"")
          .contains("\"index\": " + expected.best().index());
      assertThat(answer(said, "infer"))
          .contains(":" + expected.best().index() + ":" + expected.best().name());
      assertThat(answer(said, "get_metrics")).contains("# TYPE");
    }
  }

  private static String answer(List<String> said, String operation) {
    return said.stream()
        .filter(line -> line.startsWith("{\"operation\": \"" + operation + "\""))
        .findFirst()
        .orElseThrow(() -> new AssertionError(operation + " was not answered: " + said));
  }

  private void generate(String generator, String address) throws Exception {
    HttpResponse<Path> document =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address + "/openapi.json")).build(),
                HttpResponse.BodyHandlers.ofFile(folder.resolve("openapi.json")));
    assertThat(document.statusCode()).isEqualTo(200);
    run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-jar",
            generator,
            "generate",
            "-i",
            document.body().toString(),
            "-g",
            "python",
            "-o",
            folder.resolve("client").toString(),
            "--package-name",
            "fovea_client"));
  }

  private List<String> ask(String address, Path file, byte[] picture) throws Exception {
    String python =
        Objects.requireNonNull(System.getProperty("fovea.python"), "set -Dfovea.python");
    List<String> command =
        new ArrayList<>(
            List.of(
                python,
                "src/test/resources/interop/generated_client.py",
                folder.resolve("client").toString(),
                address,
                file.toString()));
    command.addAll(
        List.of(
            "live",
            "list_models",
            "get_model:{\"model\":\"small\"}",
            "get_repository_index",
            "classify:{\"image\":\"PICTURE\",\"model\":[\"small\"],\"top\":2}",
            """
            infer:{"model":"small","infer_request":{"inputs":[{"name":"input","shape":[1],\
            "datatype":"BYTES","data":["%s"]}],"outputs":[{"name":"probabilities","parameters":\
            {"classification":1}}]}}\
            """
                .formatted(Base64.getEncoder().encodeToString(picture)),
            "get_metrics"));
    return run(command).lines().toList();
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", command, out).isZero();
    return out;
  }
}
