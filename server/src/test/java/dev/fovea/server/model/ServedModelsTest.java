package dev.fovea.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.SharedCores;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.data.image.DataException;
import dev.fovea.server.metrics.Exposition;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ServedModelsTest {
  private static final int CLASSES = 4;

  @TempDir private Path folder;

  private Path write(String name, int seed) {
    return TestModels.write(folder.resolve(name), seed, CLASSES);
  }

  private static ServedModels open(Path... models) {
    return ServedModels.open(
        Arrays.stream(models).map(m -> ModelSource.parse(m.toString())).toList(),
        TestModels.serving());
  }

  private static ServedModel only(ServedModels models) {
    return models.all().get(0);
  }

  private static String page(ServedModels models) {
    Exposition page = new Exposition();
    models.write(page);
    return page.text();
  }

  @Test
  void aModelIsFoundByNameAndSaysWhatItIs() {
    try (ServedModels models = open(write("cats.safetensors", 1), write("dogs.safetensors", 2))) {
      assertThat(models.all()).extracting(ServedModel::name).containsExactly("cats", "dogs");
      assertThat(models.find("birds")).isEmpty();
      assertThat(models.ready()).isTrue();
      ServedModel cats = models.find("cats").orElseThrow();
      assertThat(cats.description())
          .isEqualTo(
              new ModelDescription(
                  "1",
                  "tiny",
                  List.of("class0", "class1", "class2", "class3"),
                  Shape.of(3, TestModels.SIDE, TestModels.SIDE),
                  "f32",
                  3 * 9 * 8 + 8 * 9 * 16 + 16 * CLASSES + CLASSES,
                  "cats.safetensors",
                  cats.description().preprocessing(),
                  cats.description().metrics()));
      assertThat(cats.description().preprocessing()).containsEntry("resize_shorter", 16);
      assertThat(cats.description().metrics()).containsEntry("top1", 0.5);
      // The test before opening is no work for anybody.
      assertThat(cats.statistics().steps()).isZero();
    }
  }

  @Test
  void modelsThatCannotBeServedAreRefusedAtTheStart() throws IOException {
    Path good = write("good.safetensors", 1);
    Path huge = TestModels.writeConstant(folder.resolve("huge.safetensors"), 1e30f);
    Path bad = Files.write(folder.resolve("bad.safetensors"), new byte[100]);
    assertThatThrownBy(() -> open(good, huge))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("huge.safetensors) cannot be served")
        .hasMessageContaining("not to 1");
    assertThatThrownBy(() -> open(good, bad))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("bad.safetensors");
    assertThatThrownBy(() -> open(good, good)).hasMessageContaining("two models are called 'good'");
    assertThatThrownBy(ServedModelsTest::open).hasMessageContaining("at least one model");
  }

  /** Asks again and again until told to stop, and compares every answer with the right one. */
  private static Future<Integer> ask(
      ExecutorService threads, ServedModel model, List<List<float[]>> versions, Thread until) {
    List<InferenceRequest> requests = TestModels.requests(8);
    return threads.submit(
        () -> {
          int answered = 0;
          while (until.isAlive()) {
            ServedInference asked = model.infer(requests);
            int version = Integer.parseInt(asked.model().version());
            for (int i = 0; i < requests.size(); i++) {
              InferenceResponse response = asked.answers().get(i).join();
              assertThat(response.logits()).isEqualTo(versions.get(version - 1).get(i));
              answered++;
            }
          }
          return answered;
        });
  }

  @Test
  void filesThatCannotBeUsedChangeNothingWhileTheModelAnswers() throws Exception {
    Path file = write("model.safetensors", 1);
    byte[] first = Files.readAllBytes(file);
    byte[] flipped = first.clone();
    flipped[flipped.length - 40] ^= 1;
    byte[] notNumbers =
        Files.readAllBytes(TestModels.writeConstant(folder.resolve("nan"), Float.NaN));
    byte[] overflowing =
        Files.readAllBytes(TestModels.writeConstant(folder.resolve("huge"), 1e30f));
    byte[] second = Files.readAllBytes(write("second", 2));
    byte[] fewer = Files.readAllBytes(TestModels.write(folder.resolve("fewer"), 3, 2));
    List<InferenceRequest> requests = TestModels.requests(8);
    List<List<float[]>> versions = new ArrayList<>();
    for (String name : List.of("model.safetensors", "second", "fewer")) {
      versions.add(TestModels.answers(folder.resolve(name), requests));
    }
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (ServedModels models = open(file)) {
      ServedModel model = only(models);
      FileWatch watch = FileWatch.byHand(models.all());
      List<Future<Integer>> askers = new ArrayList<>();
      Thread swapping =
          new Thread(
              () -> {
                List<byte[]> bad =
                    List.of(
                        new byte[1000],
                        Arrays.copyOf(first, first.length / 2),
                        flipped,
                        notNumbers,
                        overflowing);
                for (byte[] content : bad) {
                  swap(watch, file, content);
                  assertThat(model.version()).isEqualTo("1");
                  assertThat(model.lastFailure().orElseThrow())
                      .contains("version 1 goes on answering");
                }
                swap(watch, file, second);
                assertThat(model.lastFailure()).isEmpty();
                swap(watch, file, fewer);
              });
      List<Throwable> wrong = new ArrayList<>();
      swapping.setUncaughtExceptionHandler((thread, failure) -> wrong.add(failure));
      swapping.start();
      for (int i = 0; i < 3; i++) {
        askers.add(ask(threads, model, versions, swapping));
      }
      for (Future<Integer> asker : askers) {
        assertThat(asker.get()).isPositive();
      }
      swapping.join();
      assertThat(wrong).isEmpty();
      assertThat(model.version()).isEqualTo("3");
      assertThat(model.classes()).hasSize(2);
      assertThat(model.infer(requests.get(0)).join().logits()).isEqualTo(versions.get(2).get(0));
      assertThat(model.statistics().failed().count()).isZero();
      assertThat(page(models))
          .contains("fovea_swaps_total{model=\"model\",result=\"done\"} 2\n")
          .contains("fovea_swaps_total{model=\"model\",result=\"failed\"} 5\n")
          .contains("fovea_model_info{model=\"model\",version=\"3\",network=\"tiny\"");
    } finally {
      threads.shutdown();
    }
  }

  private static void swap(FileWatch watch, Path file, byte[] content) {
    try {
      TestModels.replace(file, content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    // Seen, tried, and not tried again.
    for (int i = 0; i < 5; i++) {
      watch.look();
    }
  }

  @Test
  void aFileThatIsStillBeingWrittenIsNotTaken() throws IOException {
    Path file = write("model.safetensors", 1);
    byte[] second = Files.readAllBytes(write("second", 2));
    try (ServedModels models = open(file)) {
      FileWatch watch = FileWatch.byHand(models.all());
      for (int part = 1; part <= 4; part++) {
        Files.write(file, Arrays.copyOf(second, second.length * part / 4));
        watch.look();
        assertThat(only(models).version()).isEqualTo("1");
      }
      assertThat(only(models).lastFailure()).isEmpty();
      watch.look();
      assertThat(only(models).version()).isEqualTo("2");
      Files.delete(file);
      watch.look();
      watch.look();
      assertThat(only(models).version()).isEqualTo("2");
      assertThat(models.ready()).isTrue();
    }
  }

  @Test
  void aWatchedFileIsTakenWithoutAnybodyAsking() throws Exception {
    Path file = write("model.safetensors", 1);
    byte[] second = Files.readAllBytes(write("second", 2));
    try (ServedModels models = open(file)) {
      models.watch(Duration.ofMillis(10));
      assertThatThrownBy(() -> models.watch(Duration.ofMillis(10)))
          .isInstanceOf(IllegalStateException.class);
      TestModels.replace(file, second);
      while (only(models).version().equals("1")) {
        Thread.sleep(10);
      }
      assertThat(only(models).version()).isEqualTo("2");
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("fovea-watch"));
  }

  @Test
  void whoeverReloadsHearsWhyItFailed() throws IOException {
    Path file = write("model.safetensors", 1);
    try (ServedModels models = open(file)) {
      assertThat(only(models).reload()).isEqualTo("2");
      Files.write(file, new byte[10]);
      assertThatThrownBy(only(models)::reload)
          .isInstanceOf(SwapException.class)
          .hasMessageStartingWith(
              "the model model was not replaced, its version 2 goes on answering: ")
          .hasMessageContaining("model.safetensors");
    }
  }

  @Test
  void thousandsOfRequestsOverTwoModelsGetTheAnswersOfEachAlone() throws Exception {
    Path cats = write("cats.safetensors", 1);
    Path dogs = TestModels.write(folder.resolve("dogs.safetensors"), 2, 7);
    List<InferenceRequest> requests = TestModels.requests(50);
    List<List<float[]>> expected =
        List.of(TestModels.answers(cats, requests), TestModels.answers(dogs, requests));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (ServedModels models = open(cats, dogs)) {
      List<Future<Integer>> askers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int first = t;
        askers.add(
            threads.submit(
                () -> {
                  List<CompletableFuture<InferenceResponse>> asked = new ArrayList<>();
                  for (int i = 0; i < 1000; i++) {
                    ServedModel model = models.all().get((first + i) % 2);
                    asked.add(model.infer(requests.get(i % requests.size())));
                  }
                  for (int i = 0; i < asked.size(); i++) {
                    assertThat(asked.get(i).join().logits())
                        .isEqualTo(expected.get((first + i) % 2).get(i % requests.size()));
                  }
                  return asked.size();
                }));
      }
      for (Future<Integer> asker : askers) {
        assertThat(asker.get()).isEqualTo(1000);
      }
      for (ServedModel model : models.all()) {
        ModelStatistics done = model.statistics();
        assertThat(done.answered().count()).isEqualTo(2000);
        assertThat(done.failed().count()).isZero();
        assertThat(done.computing().count()).isEqualTo(2000);
        assertThat(done.batches().stream().mapToLong(b -> b.images() * b.steps()).sum())
            .isEqualTo(2000);
        assertThat(done.steps()).isBetween(500L, 1999L);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void whatIsLateFullOrUnreadableIsCountedAndTheRestIsAnswered() {
    SharedCores cores = new SharedCores();
    ServingOptions options = TestModels.serving().withQueue(3);
    List<InferenceRequest> requests = TestModels.requests(3);
    List<ModelSource> source = List.of(new ModelSource("m", write("m.safetensors", 1)));
    try (ServedModels models = ServedModels.open(source, options, cores)) {
      ServedModel model = only(models);
      List<CompletableFuture<InferenceResponse>> good = new ArrayList<>();
      cores.use(
          () -> {
            good.add(model.infer(requests.get(0)));
            List<CompletableFuture<InferenceResponse>> unwanted =
                model.infer(List.of(requests.get(1), requests.get(1))).answers();
            assertThat(model.waiting()).isEqualTo(3);
            assertThatThrownBy(model.infer(requests.get(2))::join)
                .hasCauseInstanceOf(RejectedExecutionException.class);
            unwanted.forEach(answer -> answer.cancel(false));
            CompletableFuture<InferenceResponse> late =
                model.infer(requests.get(1).within(Duration.ofMillis(20)));
            // While the cores are taken: nobody waits for a turn to hear that it is too late.
            assertThatThrownBy(late::join).hasCauseInstanceOf(TimeoutException.class);
            assertThatThrownBy(model.infer(InferenceRequest.ofImage(new byte[9]))::join)
                .hasCauseInstanceOf(DataException.class);
            return null;
          });
      assertThat(good.get(0).join().logits()).hasSize(CLASSES);
      assertThat(page(models))
          .contains("fovea_images_total{model=\"m\",outcome=\"ok\"} 1\n")
          .contains("fovea_images_total{model=\"m\",outcome=\"rejected\"} 1\n")
          .contains("fovea_images_total{model=\"m\",outcome=\"expired\"} 1\n")
          .contains("fovea_images_total{model=\"m\",outcome=\"bad_image\"} 1\n")
          .contains("fovea_images_total{model=\"m\",outcome=\"cancelled\"} 2\n")
          .contains("fovea_images_total{model=\"m\",outcome=\"failed\"} 0\n")
          .contains("fovea_waiting_images{model=\"m\"} 0\n")
          .containsPattern("fovea_image_limit\\{model=\"m\"} [1-9][0-9]*\n")
          .contains("fovea_batch_images_count{model=\"m\"} 1\n");
      assertThat(models.ready()).isTrue();
    }
  }

  @Test
  void imagesThatComeAgainAreAnsweredFromTheCacheUntilTheyAreForgottenOrTheModelIsReplaced()
      throws IOException {
    Path file = write("model.safetensors", 1);
    byte[] second = Files.readAllBytes(write("second", 2));
    List<byte[]> images = List.of(TestModels.png(1), TestModels.png(2), TestModels.png(3));
    try (ServedModels models =
        ServedModels.open(
            List.of(ModelSource.parse(file.toString())), TestModels.serving().withCache(2))) {
      ServedModel model = only(models);
      float[] first = asked(model, images.get(0), 1);
      asked(model, images.get(1), 1);
      assertThat(asked(model, images.get(0), 0)).isEqualTo(first);
      // The third displaces the second, which was asked longest ago.
      asked(model, images.get(2), 1);
      assertThat(asked(model, images.get(0), 0)).isEqualTo(first);
      asked(model, images.get(1), 1);
      assertThat(model.statistics().cacheHits()).isEqualTo(2);
      assertThat(model.statistics().cacheMisses()).isEqualTo(4);
      assertThat(page(models)).contains("fovea_cached_answers{model=\"model\"} 2\n");
      TestModels.replace(file, second);
      model.reload();
      assertThat(asked(model, images.get(1), 1)).isNotEqualTo(first);
      assertThat(asked(model, images.get(0), 1)).isNotEqualTo(first);
      List<CompletableFuture<InferenceResponse>> mixed =
          model
              .infer(
                  List.of(
                      InferenceRequest.ofImage(new byte[5]),
                      InferenceRequest.ofImage(images.get(0)),
                      InferenceRequest.ofImage(images.get(2))))
              .answers();
      assertThatThrownBy(mixed.get(0)::join).hasCauseInstanceOf(DataException.class);
      assertThat(mixed.get(1).join().batchSize()).isZero();
      assertThat(mixed.get(2).join().batchSize()).isEqualTo(1);
    }
  }

  private static float[] asked(ServedModel model, byte[] image, int batch) {
    InferenceResponse response = model.infer(InferenceRequest.ofImage(image)).join();
    assertThat(response.batchSize()).isEqualTo(batch);
    return response.logits();
  }

  @Test
  void closingAnswersAllThatWasAskedAndRefusesTheRest() {
    ServedModels models = open(write("a.safetensors", 1), write("b.safetensors", 2));
    List<InferenceRequest> requests = TestModels.requests(10);
    List<CompletableFuture<InferenceResponse>> asked = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      asked.add(models.all().get(i % 2).infer(requests.get(i % 10)));
    }
    models.close();
    models.close();
    assertThat(asked).allMatch(a -> a.join().logits().length == CLASSES);
    assertThat(models.ready()).isFalse();
    assertThatThrownBy(only(models).infer(requests.get(0))::join)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(only(models)::reload).hasMessageContaining("is closed");
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("fovea-classifier"));
  }
}
