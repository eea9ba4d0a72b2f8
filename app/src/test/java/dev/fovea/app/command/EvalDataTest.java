package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The images that {@code eval} measures are those that training held back. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class EvalDataTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --val-split=0.1                                     |  6
          --val-split=0.3                                     | 18
          --fraction=0.4                                      |  3
          --val-split=0.3 --fraction=0.5                      |  9
          --overfit=12                                        | 12
          --overfit=12 --fraction=0.5 --val-split=0.3         | 12
          """)
  void anEvaluationMeasuresTheImagesThatTrainingHeldBack(String flags, int images)
      throws IOException {
    Path photos = photos("photos", 0);
    Path model = train(photos, flags.split(" +"));
    assertThat(evaluated(model)).hasSize(images).as(flags).satisfies(held(model, photos));
    assertThat(evaluated(model, "--data=" + photos))
        .as("named again: %s", flags)
        .satisfies(held(model, photos));
    Path moved = Files.move(photos, folder.resolve("moved"));
    assertThat(evaluated(model, "--data=" + moved))
        .as("moved elsewhere: %s", flags)
        .satisfies(held(model, moved));
  }

  @Test
  void otherDataIsMeasuredWhole() throws IOException {
    Path model = train(photos("photos", 0), "--fraction=0.4", "--val-split=0.2");
    Path others = photos("others", 1000);
    assertThat(evaluated(model, "--data=" + others, "--split=all")).hasSize(60);
    assertThat(evaluated(model, "--data=" + others)).hasSize(12);
  }

  @Test
  void theFiguresOfTrainingComeOutAgain() throws IOException {
    Path photos = photos("photos", 0);
    Path model = train(photos, "--fraction=0.5", "--val-split=0.3");
    double loss = Objects.requireNonNull(card(model).metrics().get("loss"));
    JsonValue json =
        CommandLineRun.of("eval", "" + model, "--json", "--threads=1", "--precision=f32")
            .succeeds()
            .json()
            .get(0);
    assertThat(json.get("images").number()).isEqualTo(9);
    assertThat(json.get("loss").number())
        .isCloseTo(loss, org.assertj.core.data.Offset.offset(1e-6));
  }

  @Test
  void aBatchBeyondTheImagesTakesNoMoreMemoryThanTheyNeed() throws IOException {
    Path model = train(photos("photos", 0), "--val-split=0.1");
    CommandLineRun.of("eval", "" + model, "--batch=2000000000", "--crops=10", "--threads=1")
        .succeeds();
  }

  private Path train(Path photos, String... flags) {
    Path run = folder.resolve("run");
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--run=" + run,
                "--data=" + photos,
                "--model=resnet20",
                "--input=8",
                "--epochs=1",
                "--batch=4",
                "--threads=1",
                "--precision=f32"));
    args.addAll(List.of(flags));
    CommandLineRun trained = CommandLineRun.of(args.toArray(String[]::new));
    // A run that could not overfit its few images ends with 1; its model is as good.
    assertThat(trained.code()).as(trained.err()).isLessThanOrEqualTo(1);
    return run.resolve("model.safetensors");
  }

  private List<String> evaluated(Path model, String... flags) throws IOException {
    Path report = folder.resolve("report");
    List<String> args =
        new ArrayList<>(
            List.of("eval", "" + model, "--report=" + report, "--threads=1", "--precision=f32"));
    args.addAll(List.of(flags));
    CommandLineRun.of(args.toArray(String[]::new)).succeeds();
    return Files.readAllLines(report.resolve("predictions.csv")).stream()
        .skip(1)
        .map(l -> l.substring(0, l.indexOf(',')))
        .toList();
  }

  // What training wrote down of its validation images tells whether these are they.
  private static java.util.function.Consumer<List<? extends String>> held(Path model, Path photos) {
    return names -> {
      try (Dataset all = Datasets.open(photos, Split.ALL)) {
        assertThat(card(model).data().fingerprint())
            .endsWith("+" + new Chosen(all, List.copyOf(names)).fingerprint());
      }
    };
  }

  private static ModelCard card(Path model) {
    try (ModelFile file = ModelFile.open(model)) {
      return file.card();
    }
  }

  private Path photos(String name, int seed) throws IOException {
    Path root = folder.resolve(name);
    for (int i = 0; i < 60; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      Random random = new Random(seed + i);
      for (int p = 0; p < 64; p++) {
        image.setRGB(p % 8, p / 8, random.nextInt(1 << 24));
      }
      Path file =
          root.resolve(i % 3 == 0 ? "bird" : i % 3 == 1 ? "cat" : "dog").resolve(seed + i + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    return root;
  }

  /** Images of a set by their names, in that order. */
  private record Chosen(Dataset all, List<String> names, Map<String, Integer> places)
      implements Dataset {
    Chosen(Dataset all, List<String> names) {
      this(all, names, new HashMap<>());
      for (int i = 0; i < all.size(); i++) {
        places.put(all.name(i), i);
      }
    }

    private int place(int i) {
      return Objects.requireNonNull(places.get(names.get(i)));
    }

    @Override
    public String description() {
      return "chosen";
    }

    @Override
    public List<String> classes() {
      return all.classes();
    }

    @Override
    public int size() {
      return names.size();
    }

    @Override
    public int label(int i) {
      return all.label(place(i));
    }

    @Override
    public String name(int i) {
      return names.get(i);
    }

    @Override
    public long bytes(int i) {
      return all.bytes(place(i));
    }

    @Override
    public long checksum(int i) {
      return all.checksum(place(i));
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return all.encoded(place(i));
    }

    @Override
    public Image image(int i) {
      return all.image(place(i));
    }

    @Override
    public void close() {
      all.close();
    }
  }
}
