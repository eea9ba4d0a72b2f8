package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.LoadedModel;
import dev.fovea.eval.Outcome;
import dev.fovea.eval.Prediction;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ClassifierTest {
  private static final int SIDE = 32;

  @TempDir private Path folder;

  private static Graph network(String name) {
    return Models.graph(name, 10, Shape.of(3, SIDE, SIDE));
  }

  private Path model(Graph graph) {
    Path path = folder.resolve(graph.title().replaceAll("\\W", "_") + ".safetensors");
    try (ParameterSet weights = Engine.get().parameters(graph)) {
      Random random = new Random(5);
      for (ParamSpec p : graph.params()) {
        float[] values = p.initialValues(3);
        for (int i = 0; i < values.length; i++) {
          values[i] += 0.01f * random.nextFloat();
        }
        weights.write(p.name(), values);
      }
      ModelFile.write(
          path,
          new ModelCard(
              Models.spec(graph),
              graph.inputShape(),
              IntStream.range(0, graph.classes()).mapToObj(i -> "class" + i).toList(),
              Preprocessing.nativeSize(SIDE, SIDE, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2)),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")),
          weights);
    }
    return path;
  }

  private static Image noise(long seed) {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    new Random(seed).nextBytes(rgb);
    return new Image(SIDE, SIDE, rgb);
  }

  private static List<Image> noises(int count) {
    return IntStream.range(0, count).mapToObj(ClassifierTest::noise).toList();
  }

  private static BufferedImage awt(Image image) {
    BufferedImage out = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < SIDE * SIDE; i++) {
      int at = 3 * i;
      byte[] rgb = image.rgb();
      int color = (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | rgb[at + 2] & 255;
      out.setRGB(i % SIDE, i / SIDE, color);
    }
    return out;
  }

  private static byte[] png(Image image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(awt(image), "png", out);
    return out.toByteArray();
  }

  private static List<Prediction> oneByOne(Classifier classifier, List<Image> images) {
    return images.stream().map(classifier::predict).toList();
  }

  @Test
  void theSameImageInAnyFormGetsTheSameAnswer() throws IOException {
    Image image = noise(1);
    byte[] png = png(image);
    Path file = Files.write(folder.resolve("noise.png"), png);
    try (Classifier classifier = Classifier.open(model(network("resnet20")))) {
      Prediction expected = classifier.predict(image);
      assertThat(expected.probabilities()).hasSize(10);
      assertThat(expected.best().name())
          .isEqualTo(classifier.classes().get(expected.best().index()));
      assertThat(classifier.predict(png)).isEqualTo(expected);
      assertThat(classifier.predict(file)).isEqualTo(expected);
      assertThat(classifier.predict(new ByteArrayInputStream(png))).isEqualTo(expected);
      assertThat(classifier.predict(awt(image))).isEqualTo(expected);
      assertThat(classifier.predict(List.of(image, png, file, awt(image))))
          .containsOnly(expected)
          .hasSize(4);
      assertThat(classifier.predictAsync(png).toCompletableFuture().join()).isEqualTo(expected);
    }
  }

  @Test
  void answersOfManyThreadsAreThoseOfOneToTheLastBit() throws Exception {
    List<Image> images = noises(40);
    // So small that eight threads fill it.
    int batch = 4;
    for (String name : List.of("resnet20", "resnet9(width=8)")) {
      ProgramWatch watch = new ProgramWatch();
      LoadedModel loaded =
          LoadedModel.open(model(network(name)), Optional.empty(), watch.watched(Engine.get()));
      try (Classifier classifier =
          new Classifier(loaded, ClassifierOptions.standard().batch(batch))) {
        List<Prediction> alone = oneByOne(classifier, images);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
          List<Future<Prediction>> asked = new ArrayList<>();
          for (int i = 0; i < 800; i++) {
            Image image = images.get(i % images.size());
            asked.add(threads.submit(() -> classifier.predict(image)));
          }
          for (int i = 0; i < asked.size(); i++) {
            assertThat(asked.get(i).get()).isEqualTo(alone.get(i % images.size()));
          }
        } finally {
          threads.shutdown();
        }
        List<Image> many = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
          many.addAll(images);
        }
        List<Prediction> together = classifier.predict(many);
        assertThat(together).hasSize(many.size());
        assertThat(together.subList(280, 320)).isEqualTo(alone);
        assertThat(oneByOne(classifier, images)).isEqualTo(alone);
      }
      // The first run is the one that is checked; there are more unless it differed by a bit.
      assertThat(watch.runs(Shape.of(3, SIDE, SIDE), batch))
          .as("runs of the program for many of " + name)
          .isGreaterThan(1);
    }
  }

  @Test
  void oneBadPictureFailsAloneOrIsNamed() {
    try (Classifier classifier = Classifier.open(model(network("resnet20")))) {
      List<Object> images = List.of(noise(1), new byte[] {1, 2, 3}, Path.of("none.jpg"), noise(2));
      List<Outcome> outcomes = classifier.predictEach(images);
      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Seen.class);
      assertThat(outcomes.get(1)).isInstanceOf(Outcome.Unreadable.class);
      assertThat(outcomes.get(2)).isInstanceOf(Outcome.Unreadable.class);
      assertThat(outcomes.get(3)).isInstanceOf(Outcome.Seen.class);
      assertThatThrownBy(() -> classifier.predict(images))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("image 1 of 4: cannot read image #1");
      assertThatThrownBy(() -> classifier.predict(folder))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("is a folder");
      assertThatThrownBy(() -> classifier.predict(List.of("cat.jpg")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("java.lang.String");
      assertThat(classifier.predict(noise(3)).top(3)).hasSize(3);
    }
  }

  @Test
  void closingAnswersWhatWasAskedAndRefusesWhatComesLater() {
    Classifier classifier = Classifier.open(model(network("resnet20")));
    List<CompletableFuture<Prediction>> asked = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      asked.add(classifier.predictAsync(noise(i)).toCompletableFuture());
    }
    classifier.close();
    classifier.close();
    assertThat(asked).allMatch(a -> a.join().guesses().size() == 10);
    assertThatThrownBy(() -> classifier.predict(noise(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThatThrownBy(() -> classifier.predictAsync(noise(1)).toCompletableFuture().join())
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("fovea-classifier") && t.isAlive());
  }

  @Test
  void aServerIsToldWhenTooManyWait() {
    ClassifierOptions few = ClassifierOptions.standard().waiting(3);
    try (Classifier classifier = Classifier.open(model(network("resnet20")), few)) {
      List<CompletableFuture<Prediction>> asked = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        asked.add(classifier.predictAsync(noise(i)).toCompletableFuture());
      }
      long refused =
          asked.stream()
              .filter(
                  a -> {
                    try {
                      a.join();
                      return false;
                    } catch (CompletionException e) {
                      assertThat(e).hasCauseInstanceOf(RejectedExecutionException.class);
                      return true;
                    }
                  })
              .count();
      assertThat(refused).isBetween(1L, 197L);
      assertThat(classifier.predictAsync(noise(1)).toCompletableFuture().join()).isNotNull();
    }
  }

  @Test
  void embeddingsAreWhatTheLastLayerReads() {
    try (Classifier classifier = Classifier.open(model(network("resnet20")))) {
      List<Image> images = noises(6);
      List<Embedding> seen = classifier.embed(images);
      assertThat(seen.get(0).size()).isEqualTo(64);
      assertThat(seen.get(5)).isEqualTo(classifier.embed(images.get(5)));
      assertThat(seen.get(0).similarity(seen.get(0))).isEqualTo(1);
      assertThat(seen.get(0)).isNotEqualTo(seen.get(1));
      assertThat(seen.get(0).similarity(seen.get(1))).isGreaterThan(-1).isLessThan(1);
    }
  }

  @Test
  void aNetworkThatEndsInAConvolutionHasTheMeansOfWhatThatReads() {
    GraphBuilder g = new GraphBuilder("squeezed");
    Node x = g.input(Shape.of(3, SIDE, SIDE));
    x = g.relu("relu1", g.conv("conv1", x, Op.Conv2d.of(16, Window.square(3))));
    x = g.conv("conv2", x, Op.Conv2d.of(10, Window.square(1)));
    Graph graph = g.build(g.flatten("flatten", g.globalAvgPool("mean", x)));
    try (Classifier classifier = Classifier.open(model(graph))) {
      assertThat(classifier.network()).isEqualTo("squeezed");
      assertThat(classifier.embed(noise(1)).size()).isEqualTo(16);
      assertThat(classifier.predict(noise(1)).guesses()).hasSize(10);
    }
  }

  @Test
  void aNetworkOfOneLayerHasNoFeaturesAndSaysSo() {
    GraphBuilder g = new GraphBuilder("regression");
    Node x = g.flatten("flatten", g.input(Shape.of(3, SIDE, SIDE)));
    Graph graph = g.build(g.linear("fc", x, 10));
    try (Classifier classifier = Classifier.open(model(graph))) {
      assertThat(classifier.predict(noise(1)).guesses()).hasSize(10);
      assertThatThrownBy(() -> classifier.embed(noise(1)))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("has only one layer");
    }
  }

  @Test
  void anEnsembleOfOneModelTwiceAnswersLikeThatModel() {
    Path model = model(network("resnet20"));
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      samples.add(Sample.of(noise(i), "class" + i % 10));
    }
    LabeledImages images = LabeledImages.of(samples);
    try (Classifier one = Classifier.open(model);
        ClassifierEnsemble two = ClassifierEnsemble.open(List.of(model, model))) {
      Evaluation alone = one.evaluate(images);
      Evaluation together = two.evaluate(images);
      assertThat(alone.images()).isEqualTo(20);
      assertThat(together.confusion()).isEqualTo(alone.confusion());
      assertThat(two.predict(noise(1)).best().index())
          .isEqualTo(one.predict(noise(1)).best().index());
    }
  }

  @Test
  void aMissingModelIsNamed() {
    assertThatThrownBy(() -> Classifier.open(folder.resolve("none.safetensors")))
        .hasMessageContaining("none.safetensors: no such model file");
  }

  @Test
  void aRequestGetsTheAnswerOfPredictInWhateverFormItComes() throws IOException {
    Image image = noise(1);
    Preprocessing how =
        Preprocessing.nativeSize(SIDE, SIDE, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
    try (Classifier classifier = Classifier.open(model(network("resnet20")))) {
      Prediction expected = classifier.predict(image);
      for (InferenceRequest request :
          List.of(
              InferenceRequest.ofImage(png(image)),
              InferenceRequest.ofPicture(image),
              InferenceRequest.ofPixels(how.apply(image)).within(Duration.ofMinutes(1)))) {
        InferenceResponse response = classifier.infer(request).join();
        assertThat(response.prediction()).isEqualTo(expected);
        assertThat(response.probabilities()).isEqualTo(expected.probabilities());
        assertThat(response.logits()).hasSize(10);
        assertThat(response.embedding()).contains(classifier.embed(image));
        assertThat(response.batchSize()).isEqualTo(1);
        assertThat(response.computed()).isPositive();
        assertThat(response.repeated().batchSize()).isZero();
        assertThat(response.repeated().prediction()).isEqualTo(expected);
      }
      assertThat(classifier.inputShape()).isEqualTo(Shape.of(3, SIDE, SIDE));
      assertThat(classifier.parameters()).isEqualTo(269_722);
      assertThat(classifier.preprocessing()).containsEntry("width", SIDE);
      assertThat(classifier.numberFormat()).isIn("f32", "bf16");
      assertThat(classifier.waiting()).isZero();
    }
  }

  @Test
  void manyRequestsAreComputedTogetherToTheBitsOfEachAlone() {
    List<Image> images = noises(40);
    int batch = 4;
    ProgramWatch watch = new ProgramWatch();
    AtomicInteger heard = new AtomicInteger();
    LoadedModel loaded =
        LoadedModel.open(model(network("resnet20")), Optional.empty(), watch.watched(Engine.get()));
    ClassifierOptions options =
        ClassifierOptions.standard()
            .batch(batch)
            .waiting(1000)
            .listener((together, decoding, computing) -> heard.addAndGet(together));
    try (Classifier classifier = new Classifier(loaded, options)) {
      List<float[]> alone = new ArrayList<>();
      for (Image image : images) {
        alone.add(classifier.infer(InferenceRequest.ofPicture(image)).join().logits());
      }
      assertThat(watch.runs(Shape.of(3, SIDE, SIDE), batch)).isZero();
      List<CompletableFuture<InferenceResponse>> asked = new ArrayList<>();
      for (int i = 0; i < 800; i++) {
        asked.add(classifier.infer(InferenceRequest.ofPicture(images.get(i % images.size()))));
      }
      for (int i = 0; i < asked.size(); i++) {
        assertThat(asked.get(i).join().logits()).isEqualTo(alone.get(i % images.size()));
      }
      assertThat(asked.stream().mapToInt(a -> a.join().batchSize()).max()).hasValue(batch);
      assertThat(heard).hasValue(840);
    }
    // The first run is the one that is checked.
    assertThat(watch.runs(Shape.of(3, SIDE, SIDE), batch)).isGreaterThan(50);
  }

  @Test
  void aRequestThatCannotBeAnsweredFailsAlone() throws IOException {
    try (Classifier classifier = Classifier.open(model(network("resnet20")))) {
      float[] good = classifier.infer(InferenceRequest.ofPicture(noise(1))).join().logits();
      float[] notNumbers = new float[3 * SIDE * SIDE];
      notNumbers[3000] = Float.NaN;
      byte[] png = png(noise(1));
      byte[] torn = Arrays.copyOf(png, png.length / 2);
      List<CompletableFuture<InferenceResponse>> answers =
          classifier.infer(
              List.of(
                  InferenceRequest.ofPicture(noise(1)),
                  InferenceRequest.ofImage(new byte[] {1, 2, 3}).named("image 1"),
                  InferenceRequest.ofPixels(notNumbers).named("image 2"),
                  InferenceRequest.ofPixels(new float[7]).named("image 3"),
                  InferenceRequest.ofPicture(noise(1)).within(Duration.ZERO),
                  InferenceRequest.ofPicture(noise(1)),
                  InferenceRequest.ofImage(torn).named("image 6")));
      assertThat(answers.get(0).join().logits()).isEqualTo(good);
      assertThat(answers.get(5).join().logits()).isEqualTo(good);
      assertThatThrownBy(() -> answers.get(1).join())
          .hasCauseInstanceOf(DataException.class)
          .hasMessageContaining("image 1");
      assertThatThrownBy(() -> answers.get(2).join())
          .hasCauseInstanceOf(DataException.class)
          .hasMessageContaining("image 2")
          .hasMessageContaining("value 3000 is NaN");
      assertThatThrownBy(() -> answers.get(3).join())
          .hasCauseInstanceOf(DataException.class)
          .hasMessageContaining("image 3 has 7 values")
          .hasMessageContaining("3 channels of 32 rows of 32 values");
      assertThatThrownBy(() -> answers.get(4).join()).hasCauseInstanceOf(TimeoutException.class);
      assertThatThrownBy(() -> answers.get(6).join())
          .hasCauseInstanceOf(DataException.class)
          .hasMessageContaining("image 6");
      assertThat(classifier.waiting()).isZero();
    }
  }

  @Test
  void requestsWaitUpToALimitAreAdmittedTogetherAndCanBeTakenBack() throws Exception {
    SharedCores cores = new SharedCores();
    ClassifierOptions few = ClassifierOptions.standard().waiting(4).sharing(cores);
    try (Classifier classifier = Classifier.open(model(network("resnet20")), few)) {
      InferenceRequest request = InferenceRequest.ofPicture(noise(1));
      List<CompletableFuture<InferenceResponse>> asked = new ArrayList<>();
      cores.use(
          () -> {
            asked.addAll(classifier.infer(List.of(request, request, request)));
            List<CompletableFuture<InferenceResponse>> two =
                classifier.infer(List.of(request, request));
            for (CompletableFuture<InferenceResponse> refused : two) {
              assertThatThrownBy(refused::join)
                  .hasCauseInstanceOf(RejectedExecutionException.class)
                  .hasMessageContaining("4 images wait");
            }
            assertThat(classifier.waiting()).isEqualTo(3);
            asked.get(1).cancel(false);
            assertThat(classifier.waiting()).isEqualTo(2);
            asked.addAll(classifier.infer(List.of(request, request)));
            assertThat(classifier.waiting()).isEqualTo(4);
            return null;
          });
      assertThatThrownBy(
              () -> classifier.infer(List.of(request, request, request, request, request)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 4");
      asked.remove(1);
      assertThat(asked).allMatch(a -> a.join().logits().length == 10);
    }
  }

  @Test
  void aServerHasAnswersOnItsOwnThreadsAndLimitsTheSizeOfImages() throws Exception {
    List<String> threads = Collections.synchronizedList(new ArrayList<>());
    ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
    ProgramWatch watch = new ProgramWatch();
    LoadedModel loaded =
        LoadedModel.open(model(network("resnet20")), Optional.empty(), watch.watched(Engine.get()));
    ClassifierOptions options =
        ClassifierOptions.standard().batch(4).answering(own).megapixels(1).compilingAtOnce();
    try (Classifier classifier = new Classifier(loaded, options)) {
      assertThat(watch.runs(Shape.of(3, SIDE, SIDE), 4)).isEqualTo(1);
      CompletableFuture<InferenceResponse> answer =
          classifier.infer(InferenceRequest.ofPicture(noise(1)));
      answer
          .handle((response, failure) -> threads.add(Thread.currentThread().getName()))
          .get(60, TimeUnit.SECONDS);
      BufferedImage large = new BufferedImage(1500, 1000, BufferedImage.TYPE_BYTE_BINARY);
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      ImageIO.write(large, "png", file);
      assertThatThrownBy(
              () -> classifier.infer(InferenceRequest.ofImage(file.toByteArray())).join())
          .hasCauseInstanceOf(DataException.class);
    } finally {
      own.shutdown();
    }
    assertThat(threads).hasSize(1).isSubsetOf("own", "main");
  }

  /** A backend that has no memory for programs of a network for this many images. */
  private static Backend without(Backend backend, Shape input, int batch) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (self, method, arguments) -> {
              if (method.getName().equals("inference")
                  && ((Graph) arguments[0]).inputShape().equals(input)
                  && ((CompileOptions) arguments[arguments.length - 1]).batch() == batch) {
                throw new ProgramException("no memory for " + batch + " images");
              }
              try {
                return method.invoke(backend, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void withoutMemoryForManyImagesTogetherTheyAreComputedOneByOne() {
    Shape input = Shape.of(3, SIDE, SIDE);
    LoadedModel loaded =
        LoadedModel.open(
            model(network("resnet20")), Optional.empty(), without(Engine.get(), input, 4));
    ClassifierOptions options = ClassifierOptions.standard().batch(4).compilingAtOnce();
    try (Classifier classifier = new Classifier(loaded, options)) {
      List<Image> images = noises(60);
      assertThat(classifier.predict(images)).isEqualTo(oneByOne(classifier, images));
    }
    assertThatThrownBy(
            () ->
                new Classifier(
                    LoadedModel.open(
                        folder.resolve("resnet20.safetensors"),
                        Optional.empty(),
                        without(Engine.get(), input, 1)),
                    options))
        .isInstanceOf(ProgramException.class)
        .hasMessage("no memory for 1 images");
  }
}
