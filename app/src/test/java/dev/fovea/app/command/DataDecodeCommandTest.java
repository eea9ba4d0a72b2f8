package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class DataDecodeCommandTest {
  private static final int LEFT = 0xff0000;
  private static final int RIGHT = 0x0000ff;

  @TempDir private Path folder;

  /** Red on the left, blue on the right. */
  private static byte[] image(String format, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, i % width < width / 2 ? LEFT : RIGHT);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }

  private Path put(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private static CommandLineRun decode(Object... args) {
    String[] all = Stream.of(args).map(Object::toString).toArray(String[]::new);
    String[] words = new String[all.length + 2];
    words[0] = "data";
    words[1] = "decode";
    System.arraycopy(all, 0, words, 2, all.length);
    return CommandLineRun.of(words);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> folder.relativize(f).toString()).sorted().toList();
    }
  }

  private static void assertColor(BufferedImage image, int x, int y, int rgb) {
    for (int shift = 0; shift <= 16; shift += 8) {
      assertThat(image.getRGB(x, y) >> shift & 255)
          .as("(%d, %d)", x, y)
          .isBetween((rgb >> shift & 255) - 8, (rgb >> shift & 255) + 8);
    }
  }

  @Test
  void eachImageIsWrittenUprightAsRgb() throws IOException {
    byte[] plain = image("jpg", 48, 32);
    byte[] exif =
        "\u00ff\u00e1\0\42Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\4\0\0\0\1\0\0\0\6\0\0\0\0"
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] turned =
        ByteBuffer.allocate(plain.length + exif.length)
            .put(plain, 0, 2)
            .put(exif)
            .put(plain, 2, plain.length - 2)
            .array();
    Path png = put("in/a.png", image("png", 20, 10));
    Path jpg = put("in/b.jpeg", turned);
    Path out = folder.resolve("new/out");

    CommandLineRun run = decode(png, jpg, "-o", out).succeeds();

    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines())
        .containsExactly(
            png + ": " + out.resolve("a.png") + ", 20x10",
            jpg + ": " + out.resolve("b.png") + ", 32x48");
    BufferedImage a = ImageIO.read(out.resolve("a.png").toFile());
    assertThat(a.getRGB(0, 0) & 0xffffff).isEqualTo(LEFT);
    assertThat(a.getRGB(19, 9) & 0xffffff).isEqualTo(RIGHT);
    assertThat(a.getColorModel().getNumComponents()).isEqualTo(3);
    BufferedImage b = ImageIO.read(out.resolve("b.png").toFile());
    assertThat(b.getWidth()).isEqualTo(32);
    assertColor(b, 16, 4, LEFT);
    assertColor(b, 16, 44, RIGHT);
  }

  @Test
  void imagesOfOneNameGetNumbersAndNothingIsOverwritten() throws IOException {
    Path data = folder.resolve("in/x");
    put("in/x/a.png", image("png", 4, 4));
    put("in/y/A.bmp", image("bmp", 6, 6));
    put("in/z/a-2.png", image("png", 8, 8));
    Path out = folder.resolve("out");

    decode(folder.resolve("in"), "-o", out).succeeds();

    assertThat(names(out)).containsExactly("A-2.png", "a-2-2.png", "a.png");
    assertThat(ImageIO.read(out.resolve("a-2-2.png").toFile()).getWidth()).isEqualTo(8);

    byte[] before = Files.readAllBytes(data.resolve("a.png"));
    Path other = put("b.png", image("png", 3, 3));
    CommandLineRun again = decode(data, other, "-o", data);
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err().lines()).hasSize(1);
    assertThat(again.err()).contains("a.png", "not written", "exists", "another folder");
    assertThat(again.out()).contains(data.resolve("b.png") + ", 3x3");
    assertThat(Files.readAllBytes(data.resolve("a.png"))).isEqualTo(before);
  }

  @Test
  void whatCannotBeReadIsNamedAndTheRestIsWritten() throws IOException {
    Path bad = put("in/bad.jpg", Arrays.copyOf(image("jpg", 40, 40), 300));
    Path good = put("in/good.png", image("png", 4, 4));
    Path missing = folder.resolve("in/missing.png");
    Path out = folder.resolve("out");

    CommandLineRun run = decode(bad, missing, good, "-o", out);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(2);
    assertThat(run.err()).contains("bad.jpg", "missing.png").doesNotContain("Exception");
    assertThat(names(out)).containsExactly("good.png");

    CommandLineRun json = decode(bad, good, "-o", folder.resolve("out2"), "--json");
    assertThat(json.json().get(0).get("file").text()).isEqualTo(bad.toString());
    assertThat(json.json().get(0).get("error").text()).contains("bad.jpg");
    assertThat(json.json().get(1).get("output").text()).endsWith("good.png");
    assertThat(json.json().get(1).get("width").number()).isEqualTo(4);
  }

  @Test
  void withAModelItsInputIsWritten() throws IOException {
    Graph graph = Models.graph("resnet20");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (ParamSpec spec : graph.params()) {
      writer.floats(spec.name(), spec.shape().dims(), () -> spec.initialValues(3));
    }
    Path weights = folder.resolve("weights.safetensors");
    writer.write(weights);
    Path model = folder.resolve("model.safetensors");
    CommandLineRun.of("import", weights.toString(), "--model", "resnet20", "-o", model.toString())
        .succeeds();
    Path file = put("wide.png", image("png", 96, 48));
    Path out = folder.resolve("out");

    decode(file, "-o", out, "--model", model).succeeds();

    BufferedImage seen = ImageIO.read(out.resolve("wide.png").toFile());
    assertThat(seen.getWidth()).isEqualTo(32);
    assertThat(seen.getHeight()).isEqualTo(32);
    assertColor(seen, 2, 2, LEFT);
    assertColor(seen, 30, 30, RIGHT);
    decode(file, "-o", out, "--model", folder.resolve("none"))
        .failsWith(1, "none", "no such model file");
  }

  @Test
  void imagesAboveTheLimitNameTheFlagThatRaisesIt() throws IOException {
    Path file = put("large.png", image("png", 1200, 1000));
    Path out = folder.resolve("out");

    CommandLineRun refused = decode(file, "-o", out, "--max-pixels=1");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("1200x1000", "2 megapixels", "limit is 1 megapixels", "raise --max-pixels");
    decode(file, "-o", out, "--max-pixels=2").succeeds();
    decode(file, "-o", out, "--max-pixels=0").failsWith(2, "--max-pixels is 0", "1 to 715");
  }

  @Test
  void theLimitCanBeRaisedWhereverImagesAreRead() throws IOException {
    Path data = folder.resolve("set");
    put("set/cat/1.png", image("png", 1200, 1000));
    put("set/dog/1.png", image("png", 4, 4));

    CommandLineRun check = CommandLineRun.of("data", "check", data.toString(), "--max-pixels=1");
    assertThat(check.code()).isEqualTo(1);
    assertThat(check.out()).contains("1200x1000", "raise --max-pixels");
    CommandLineRun.of("data", "check", data.toString(), "--max-pixels=2").succeeds();
    CommandLineRun.of("train", "--data", data.toString(), "--max-pixels=716", "--dry-run")
        .failsWith(2, "--max-pixels is 716");
    CommandLineRun.of("predict", "none", data.toString(), "--max-pixels=x")
        .failsWith(2, "--max-pixels");
  }

  @Test
  void withoutImagesOrAFolderTheUsageIsWrong() throws IOException {
    decode("-o", folder.resolve("out")).failsWith(2, "IMAGE");
    decode(put("a.png", image("png", 2, 2))).failsWith(2, "--out");
    Path file = put("a.png", image("png", 2, 2));
    decode(file, "-o", file).failsWith(1, "a.png");
  }
}
