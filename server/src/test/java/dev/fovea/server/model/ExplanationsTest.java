package dev.fovea.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Explainer;
import dev.fovea.InferenceRequest;
import dev.fovea.SharedCores;
import dev.fovea.data.image.DataException;
import dev.fovea.explanation.Explanation;
import dev.fovea.server.metrics.Exposition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ExplanationsTest {
  @TempDir private Path folder;

  private static ExplanationRequest request(byte[] image, String method, String... classes) {
    return new ExplanationRequest(
        image,
        method,
        classes.length > 0 ? Optional.of(classes[0]) : Optional.empty(),
        classes.length > 1 ? Optional.of(classes[1]) : Optional.empty(),
        Optional.empty());
  }

  private static ExplanationRequest within(byte[] image, Duration limit) {
    return new ExplanationRequest(
        image, "grad-cam", Optional.empty(), Optional.empty(), Optional.of(limit));
  }

  private ServedModels open(SharedCores cores, int waiting) {
    Path file = TestModels.write(folder.resolve("model.safetensors"), 1, 4);
    return ServedModels.open(
        List.of(ModelSource.parse(file.toString())),
        new ServingOptions(TestModels.options(), 32, 0, waiting),
        cores);
  }

  private static String page(ServedModels models) {
    Exposition page = new Exposition();
    models.write(page);
    return page.text();
  }

  @Test
  void aServedModelExplainsAsTheLibraryDoes() throws IOException {
    byte[] image = TestModels.png(1);
    try (ServedModels models = open(new SharedCores(), 4);
        Explainer library = Explainer.open(folder.resolve("model.safetensors"))) {
      ServedModel model = models.all().get(0);
      for (String method : List.of("grad-cam", "integrated-gradients")) {
        Explanation expected =
            library.explain(image, library.method(method), library.target("class2", "class1"));
        ServedExplanation served = model.explain(request(image, method, "class2", "1")).join();
        assertThat(served.model().version()).isEqualTo("1");
        assertThat(served.explanation().map().values()).isEqualTo(expected.map().values());
        assertThat(served.explanation().subject()).isEqualTo("class2 rather than class1");
      }
      assertThat(model.explain(request(image, "hires-cam")).join().explanation().className())
          .isEqualTo(
              model.infer(InferenceRequest.ofImage(image)).join().prediction().best().name());
      assertThatThrownBy(model.explain(request(image, "grad-cam", "dog"))::join)
          .hasCauseInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no class 'dog'")
          .hasMessageContaining("0 to 3");
      assertThatThrownBy(model.explain(request(image, "magic"))::join)
          .hasCauseInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(model.explain(request(new byte[7], "grad-cam"))::join)
          .hasCauseInstanceOf(DataException.class);
      assertThat(page(models))
          .contains("fovea_explanations_total{model=\"model\",outcome=\"ok\"} 3\n")
          .contains("fovea_explanations_total{model=\"model\",outcome=\"failed\"} 2\n")
          .contains("fovea_explanations_total{model=\"model\",outcome=\"bad_image\"} 1\n");
    }
  }

  @Test
  void explanationsWaitForTheCoresUpToALimitOfNumberAndTime() throws IOException {
    SharedCores cores = new SharedCores();
    byte[] image = TestModels.png(1);
    try (ServedModels models = open(cores, 1)) {
      ServedModel model = models.all().get(0);
      List<CompletableFuture<ServedExplanation>> first = new ArrayList<>();
      cores.use(
          () -> {
            // Begun, it waits for the cores; the next one is the one that may wait.
            first.add(model.explain(request(image, "grad-cam")));
            CompletableFuture<ServedExplanation> late =
                model.explain(within(image, Duration.ofMillis(20)));
            assertThatThrownBy(model.explain(request(image, "grad-cam"))::join)
                .hasCauseInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("1 explanations wait");
            assertThatThrownBy(late::join)
                .hasCauseInstanceOf(TimeoutException.class)
                .hasMessageContaining("within 20 ms");
            return null;
          });
      assertThat(first.get(0).join().explanation().prediction().guesses()).hasSize(4);
      assertThatThrownBy(model.explain(within(image, Duration.ZERO))::join)
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(page(models))
          .contains("fovea_explanations_total{model=\"model\",outcome=\"expired\"} 2\n")
          .contains("fovea_explanations_total{model=\"model\",outcome=\"rejected\"} 1\n");
    }
  }

  @Test
  void whatIsExplainedIsWhatAnswers() throws IOException {
    byte[] image = TestModels.png(1);
    byte[] second = Files.readAllBytes(TestModels.write(folder.resolve("second"), 2, 4));
    Path file = folder.resolve("model.safetensors");
    try (ServedModels models = open(new SharedCores(), 4)) {
      ServedModel model = models.all().get(0);
      TestModels.replace(file, second);
      assertThatThrownBy(model.explain(request(image, "grad-cam"))::join)
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("model.safetensors has changed since version 1 was read");
      model.reload();
      ServedExplanation now = model.explain(request(image, "grad-cam", "0")).join();
      assertThat(now.model().version()).isEqualTo("2");
      try (Explainer library = Explainer.open(file)) {
        assertThat(now.explanation().map().values())
            .isEqualTo(
                library
                    .explain(image, library.method("grad-cam"), library.target("class0"))
                    .map()
                    .values());
      }
      // Once open, it goes on until the model is replaced, whatever becomes of the file.
      Files.delete(file);
      assertThat(model.explain(request(image, "grad-cam")).join().model().version()).isEqualTo("2");
      models.close();
      assertThatThrownBy(model.explain(request(image, "grad-cam"))::join)
          .hasCauseInstanceOf(IllegalStateException.class);
    }
  }
}
