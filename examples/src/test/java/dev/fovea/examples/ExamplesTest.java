package dev.fovea.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every example runs as a reader would run it, and says what it should. */
class ExamplesTest {
  private static final int PICTURES = 120;

  @TempDir private static Path folder;

  private static Path photos = Path.of("");
  private static Path picture = Path.of("");
  private static Path model = Path.of("");
  private static String trained = "";

  private interface Program {
    void run() throws Exception;
  }

  private static String output(Program program) throws Exception {
    PrintStream screen = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      program.run();
    } finally {
      System.setOut(screen);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @BeforeAll
  static void trainOnGeneratedPictures() throws Exception {
    photos = folder.resolve("photos");
    try (Dataset shapes =
        Datasets.open("shapes(size=32,count=" + PICTURES + ",val=10)", Split.TRAIN)) {
      for (int i = 0; i < shapes.size(); i++) {
        Path place = photos.resolve(shapes.classes().get(shapes.label(i)));
        Files.createDirectories(place);
        picture = place.resolve(i + ".png");
        write(shapes.image(i), picture);
      }
    }
    Path run = folder.resolve("own");
    String[] args = {photos.toString(), run.toString()};
    trained = output(() -> OwnNetwork.main(args));
    model = run.resolve("model.safetensors");
  }

  private static void write(Image image, Path file) throws IOException {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    IntStream.range(0, image.width() * image.height())
        .forEach(
            p -> {
              int at = 3 * p;
              int rgb =
                  (image.rgb()[at] & 255) << 16
                      | (image.rgb()[at + 1] & 255) << 8
                      | image.rgb()[at + 2] & 255;
              out.setRGB(p % image.width(), p / image.width(), rgb);
            });
    ImageIO.write(out, "png", file.toFile());
  }

  @Test
  void ownNetworkIsTrainedAndOpened() {
    assertThat(trained).startsWith("two_layers knows [bar, corner, crescent");
  }

  @Test
  void classifyNamesAClass() throws Exception {
    String[] args = {model.toString(), picture.toString()};
    assertThat(output(() -> Classify.main(args))).matches("[a-z]+ [0-9.]+ %\\n");
  }

  @Test
  void classifyFolderReportsWhatItCannotRead() throws Exception {
    Path some = Files.createDirectories(folder.resolve("some"));
    Files.copy(picture, some.resolve("a.png"));
    Files.writeString(some.resolve("b.png"), "no picture");
    String[] args = {model.toString(), some.toString()};
    assertThat(output(() -> ClassifyFolder.main(args)).lines())
        .hasSize(2)
        .anyMatch(line -> line.matches(".*a\\.png: [a-z]+ .*"))
        .anyMatch(line -> line.contains("b.png") && line.contains("unknown format"));
  }

  @Test
  void trainOnRecordsLearnsToTellRedFromGreen() throws Exception {
    String[] args = {folder.resolve("fruit").toString()};
    assertThat(output(() -> TrainOnRecords.main(args)))
        .contains("epoch 2 of 2")
        .contains("top-1 1.0");
  }

  @Test
  void fineTuneStartsFromAModel() throws Exception {
    String[] args = {model.toString(), photos.toString(), folder.resolve("tuned").toString()};
    assertThat(output(() -> FineTune.main(args))).contains("model.safetensors, top-1 ");
  }

  @Test
  void importFromPyTorchTakesWeightsThatOtherProgramsWrite() throws Exception {
    // A model file is a safetensors file with PyTorch's names, as timm and others write them too.
    Path weights = folder.resolve("fruit-weights.safetensors");
    Path run = folder.resolve("resnet");
    String[] training = {run.toString()};
    output(() -> TrainOnRecords.main(training));
    Files.copy(run.resolve("model.safetensors"), weights);
    String[] args = {
      weights.toString(), "resnet9(width=8)", folder.resolve("imported.safetensors").toString()
    };
    assertThat(output(() -> ImportFromPyTorch.main(args)))
        .isEqualTo("resnet9(width=8), 2 classes\n");
  }

  @Test
  void webServerAnswersManyAtOnceAndSaysWhatIsNoPicture() throws Exception {
    try (WebServer server = new WebServer(model, 0)) {
      HttpClient client = HttpClient.newHttpClient();
      URI address = URI.create("http://localhost:" + server.port() + "/");
      HttpRequest good =
          HttpRequest.newBuilder(address).POST(BodyPublishers.ofFile(picture)).build();
      CompletableFuture<?>[] all =
          IntStream.range(0, 20)
              .mapToObj(
                  i ->
                      client
                          .sendAsync(good, BodyHandlers.ofString())
                          .thenAccept(r -> assertThat(r.statusCode()).isEqualTo(200)))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(all).get();
      HttpRequest bad =
          HttpRequest.newBuilder(address).POST(BodyPublishers.ofString("no picture")).build();
      assertThat(client.send(bad, BodyHandlers.ofString()).statusCode()).isEqualTo(400);
    }
  }

  @Test
  void evaluateEnsembleOfTwo() throws Exception {
    String[] args = {photos.toString(), model.toString(), model.toString()};
    assertThat(output(() -> EvaluateEnsemble.main(args)))
        .startsWith(PICTURES + " images, top-1 0.");
  }

  @Test
  void explainSaysWhereAndKeepsTheMap() throws Exception {
    Path map = folder.resolve("map.npy");
    String[] args = {model.toString(), picture.toString(), map.toString()};
    assertThat(output(() -> Explain.main(args)))
        .matches("(?s)[a-z]+ [0-9.]+ %, most of it at column \\d+, row \\d+ of 32x32\\n.*");
    assertThat(Files.size(map)).isEqualTo(128 + 4 * 32 * 32);
  }

  @Test
  void searchByPictureFindsThePictureItselfFirst() throws Exception {
    String[] args = {model.toString(), photos.toString(), picture.toString()};
    assertThat(output(() -> SearchByPicture.main(args)).lines().findFirst().orElse(""))
        .isEqualTo(picture + " 1.0");
  }
}
