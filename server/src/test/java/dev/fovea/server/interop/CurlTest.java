package dev.fovea.server.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.Classifier;
import dev.fovea.eval.Prediction;
import dev.fovea.server.attack.AttackedServer;
import dev.fovea.server.attack.SmallModel;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What curl makes of the server, with the lines of the guide. */
@Tag("interop")
class CurlTest {
  private static final Pattern FIRST =
      Pattern.compile(
          "\"model\"\\s*:\\s*\"small\".*?\"class\"\\s*:\\s*\"([^\"]*)\""
              + ".*?\"probability\"\\s*:\\s*([-+.0-9eE]+)");
  private static final String TOKEN = "the-token-of-this-test";

  @TempDir private static Path folder;
  private static AttackedServer server;
  private static Prediction expected;

  private record Run(int code, String out) {}

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(
        Arrays.stream(
                Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "curl"))),
        "curl is not installed: what it makes of the server was not tried");
    byte[] picture = SmallModel.picture(1);
    Files.write(folder.resolve("cat.jpg"), picture);
    server = AttackedServer.start(folder, o -> o.token(TOKEN));
    try (Classifier classifier = server.classifier()) {
      expected = classifier.predict(picture);
    }
  }

  @AfterAll
  static void end() {
    if (server != null) {
      server.close();
    }
  }

  private static Run curl(String target, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("curl", "-sS", "--max-time", "20", "-H", "Authorization: Bearer " + TOKEN));
    command.addAll(List.of(arguments));
    command.add("http://127.0.0.1:" + server.port() + target);
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out);
  }

  private static void assertBest(Run run) {
    assertThat(run.code()).as(run.out()).isZero();
    Matcher first = FIRST.matcher(run.out());
    assertThat(first.find()).as(run.out()).isTrue();
    assertThat(first.group(1)).isEqualTo(expected.best().name());
    assertThat(Double.parseDouble(first.group(2)))
        .isCloseTo(expected.best().probability(), within(1e-6));
  }

  @Test
  void aFileAsTheBodyIsClassified() throws Exception {
    assertBest(curl("/v1/classify", "--data-binary", "@cat.jpg"));
    assertBest(curl("/v1/classify", "--data-binary", "@cat.jpg", "-H", "Content-Type: image/jpeg"));
    assertBest(curl("/v1/classify?model=small&top=1", "-T", "cat.jpg", "-X", "POST"));
  }

  @Test
  void aFileInAFormIsClassified() throws Exception {
    assertBest(curl("/v1/classify", "-F", "image=@cat.jpg"));
    assertBest(curl("/v1/classify", "-F", "note=hello", "-F", "image=@cat.jpg;type=image/jpeg"));
  }

  @Test
  void chunkedAndExpectedBodiesAreClassified() throws Exception {
    assertBest(
        curl("/v1/classify", "--data-binary", "@cat.jpg", "-H", "Transfer-Encoding: chunked"));
    assertBest(curl("/v1/classify", "--data-binary", "@cat.jpg", "-H", "Expect: 100-continue"));
  }

  @Test
  void aCompressedAnswerIsOne() throws Exception {
    assertBest(curl("/v1/classify", "--data-binary", "@cat.jpg", "--compressed"));
  }

  @Test
  void theProtocolIsSpokenInJson() throws Exception {
    byte[] picture = SmallModel.picture(1);
    Files.writeString(
        folder.resolve("request.json"),
        """
        {"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","data":["%s"]}],\
        "outputs":[{"name":"probabilities","parameters":{"classification":1}}]}\
        """
            .formatted(java.util.Base64.getEncoder().encodeToString(picture)));
    Run run =
        curl(
            "/v2/models/small/infer",
            "-H",
            "Content-Type: application/json",
            "-d",
            "@request.json");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out()).contains(":" + expected.best().index() + ":" + expected.best().name());
  }

  @Test
  void aHeadRequestAndAFailureAreWhatCurlExpects() throws Exception {
    assertThat(curl("/v2/health/ready", "--fail").code()).isZero();
    assertThat(curl("/v2/health/ready", "-I").out()).startsWith("HTTP/1.1 200");
    assertThat(curl("/v2/models/nothing", "--fail").code()).isEqualTo(22);
    assertThat(curl("/v1/classify", "-d", "no picture").out()).contains("\"error\"");
  }
}
