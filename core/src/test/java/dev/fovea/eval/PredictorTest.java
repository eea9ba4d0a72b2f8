package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class PredictorTest {
  private static final CompileOptions FOUR =
      new CompileOptions(4, Precision.F32, CompileOptions.Memory.NORMAL, 1);

  @TempDir private Path folder;
  private Path model = Path.of("");

  @BeforeEach
  void writeAModel() {
    model = folder.resolve("m.safetensors");
    OneDnnBackend backend = new OneDnnBackend();
    Graph graph = Models.graph("resnet20");
    try (ParameterSet weights = backend.parameters(graph)) {
      graph.params().forEach(p -> weights.write(p.name(), p.initialValues(5)));
      ModelCard card =
          new ModelCard(
              "resnet20",
              graph.inputShape(),
              IntStream.range(0, 10).mapToObj(i -> "c" + i).toList(),
              Preprocessing.nativeSize(32, 32, List.of(.5, .5, .5), List.of(.2, .2, .2)),
              "{}",
              Map.of(),
              new ModelCard.Origin("", ""));
      ModelFile.write(model, card, weights);
    }
  }

  private Path image(int number) throws IOException {
    BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 40 * 36; i++) {
      image.setRGB(i % 40, i / 40, (i * 7919 + number * 104729) * 31);
    }
    Path file = folder.resolve("images/" + (100 + number) + ".png");
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private static final class Recorder implements Predictor.Listener {
    final List<Outcome> outcomes = new ArrayList<>();
    int enough = Integer.MAX_VALUE;

    @Override
    public void on(Outcome outcome) {
      outcomes.add(outcome);
    }

    @Override
    public boolean stops() {
      return outcomes.size() >= enough;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyImageHasItsAnswerInOrderAndBadOnesKeepTheirPlace(LoaderTurns turns) throws IOException {
    List<Image> readable = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Path file = image(i);
      // All of the second batch, the first of the third, and the very last.
      if (i >= 4 && i <= 8 || i == 29) {
        Files.writeString(file, "broken");
      } else {
        readable.add(ImageDecoder.decode(Files.readAllBytes(file), "" + i));
      }
    }
    Recorder seen = new Recorder();
    try (CompiledModel classifier = CompiledModel.open(model, new OneDnnBackend(), FOUR);
        UnlabeledImages images =
            UnlabeledImages.of(List.of(folder.resolve("images")), DecodeLimits.STANDARD)) {
      Predictor.Effort effort = Predictor.predict(classifier, images, 3, turns, seen);
      assertThat(effort.images()).isEqualTo(30);
      assertThat(effort.waiting() + effort.network()).isLessThanOrEqualTo(effort.seconds());
      // Three threads make the images; bad ones are counted, too.
      assertThat(effort.loading().images()).isEqualTo(30);
      assertThat(effort.loading().total()).isBetween(1e-6, 3 * effort.seconds());
      assertThat(seen.outcomes).hasSize(30);
      List<Prediction> expected = classifier.predict(readable);
      List<Prediction> got = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        Outcome o = seen.outcomes.get(i);
        assertThat(o.item()).isEqualTo(i);
        assertThat(o.name()).endsWith("images/" + (100 + i) + ".png");
        if (o instanceof Outcome.Seen s) {
          got.add(s.prediction());
        } else if (o instanceof Outcome.Unreadable u) {
          assertThat(u.reason()).contains(u.name());
          assertThat(i >= 4 && i <= 8 || i == 29).as("image %d", i).isTrue();
        }
      }
      assertThat(got).isEqualTo(expected);
      assertThat(got.stream().distinct()).as("different images").hasSizeGreaterThan(20);
    }
  }

  @ParameterizedTest
  @EnumSource
  void givingUpEndsAfterTheBatch(LoaderTurns turns) throws IOException {
    for (int i = 0; i < 11; i++) {
      image(i);
    }
    Recorder seen = new Recorder();
    seen.enough = 5;
    try (CompiledModel classifier = CompiledModel.open(model, new OneDnnBackend(), FOUR);
        UnlabeledImages images =
            UnlabeledImages.of(List.of(folder.resolve("images")), DecodeLimits.STANDARD)) {
      assertThat(Predictor.predict(classifier, images, 3, turns, seen).images()).isEqualTo(8);
    }
    assertThat(seen.outcomes).hasSize(8);
  }

  /** Also when files are read ahead, and when more than the window of files is unreadable. */
  @Test
  void filesReadAheadGiveTheSameAnswers() throws IOException {
    for (int i = 0; i < 90; i++) {
      Path file = image(i);
      if (i >= 10 && i < 50) {
        Files.writeString(file, "broken");
      }
    }
    Recorder beside = new Recorder();
    Recorder ahead = new Recorder();
    try (CompiledModel classifier = CompiledModel.open(model, new OneDnnBackend(), FOUR);
        UnlabeledImages images =
            UnlabeledImages.of(List.of(folder.resolve("images")), DecodeLimits.STANDARD)) {
      Predictor.predict(classifier, images, 2, LoaderTurns.BESIDE_THE_NETWORK, beside);
      Predictor.predict(classifier, images, 2, ahead);
      assertThat(ahead.outcomes).hasSize(90).isEqualTo(beside.outcomes);
      // The set itself stays open.
      assertThat(images.image(0).width()).isPositive();
    }
  }

  @Test
  void smallNetworksGetLargeBatchesAndNoStepIsNearlyEmpty() {
    Graph small = Models.graph("resnet20");
    Graph large = Models.graph("resnet50");
    assertThat(Predictor.batch(large, 1_000_000)).isEqualTo(16);
    assertThat(Predictor.batch(Models.graph("resnet18"), 1_000_000)).isEqualTo(32);
    assertThat(Predictor.batch(Models.graph("wide_resnet101_2"), 1_000_000)).isEqualTo(8);
    assertThat(Predictor.batch(small, 1_000_000)).isEqualTo(128);
    assertThat(Predictor.batch(large, 17)).isEqualTo(9);
    assertThat(Predictor.batch(large, 3)).isEqualTo(3);
    assertThat(Predictor.batch(small, 0)).isEqualTo(1);
  }
}
