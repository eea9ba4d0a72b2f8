package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class DataCommandTest {
  @TempDir private Path folder;
  private Path data;

  private void image(String name, int rgb) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, rgb);
    }
    Path file = data.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @BeforeEach
  void makeASet() throws IOException {
    data = folder.resolve("set");
    image("train/cat/1.png", 0xff0000);
    image("train/cat/2.png", 0x00ff00);
    image("train/dog/1.png", 0x0000ff);
    image("train/dog/2.png", 0x808080);
    image("val/cat/1.png", 0x123456);
    image("val/dog/1.png", 0xff0000);
  }

  @Test
  void checkReportsUnreadableImagesAndLeaks() throws IOException {
    Files.writeString(data.resolve("train/dog/bad.png"), "no image");
    Path list = folder.resolve("list.tsv");
    CommandLineRun run = CommandLineRun.of("data", "check", data.toString(), "--out=" + list);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains(
            "unreadable", "bad.png", "smallest class", "in another split", "in another class");
    assertThat(Files.readAllLines(list))
        .hasSize(2)
        .anyMatch(l -> l.startsWith("unreadable\t"))
        .anyMatch(l -> l.startsWith("duplicate\t"));
  }

  @Test
  void aCleanSetIsPraised() throws IOException {
    image("val/dog/1.png", 0x654321);
    CommandLineRun run = CommandLineRun.of("data", "check", data.toString()).succeeds();
    assertThat(run.out()).contains("no problems found");
    JsonValue json =
        CommandLineRun.of("data", "check", data.toString(), "--json").succeeds().json().get(0);
    assertThat(json.get("parts").list()).hasSize(2);
    assertThat(json.get("unreadable").list()).isEmpty();
    assertThat(json.get("parts").at(0).get("classes").get("cat").number()).isEqualTo(2);
  }

  @Test
  void statsAreThoseOfThePixels() {
    JsonValue json =
        CommandLineRun.of("data", "stats", data.toString(), "--json").succeeds().json().get(0);
    assertThat(json.get("images").number()).isEqualTo(4);
    double red = (255 + 0 + 0 + 128) / 4.0 / 255;
    assertThat((Double) json.get("mean").list().get(0))
        .isCloseTo(red, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(CommandLineRun.of("data", "stats", data.toString()).succeeds().out())
        .contains("red", "0.3755", "mean");
  }

  @Test
  void showWritesAPng() throws IOException {
    Path sheet = folder.resolve("sheet.png");
    CommandLineRun run =
        CommandLineRun.of("data", "show", data.toString(), "--out=" + sheet, "--columns=2")
            .succeeds();
    assertThat(run.out().strip()).isEqualTo(sheet.toString());
    assertThat(ImageIO.read(sheet.toFile()).getWidth()).isGreaterThan(200);
  }

  @Test
  void placesThatCannotBeWrittenAreOneLine() {
    CommandLineRun.of(
            "data", "show", data.toString(), "--out=" + folder.resolve("no/such/sheet.png"))
        .failsWith(1, "no such file or folder");
  }

  @Test
  void whatIsNoDataIsOneLine() throws IOException {
    CommandLineRun.of("data", "check", folder.resolve("nowhere").toString())
        .failsWith(1, "nowhere");
    Path file = Files.writeString(folder.resolve("text.txt"), "hello");
    CommandLineRun.of("data", "stats", file.toString()).failsWith(1, "text.txt");
    Path zip = Files.writeString(folder.resolve("broken.zip"), "hello");
    CommandLineRun.of("data", "stats", zip.toString()).failsWith(1, "broken.zip");
    CommandLineRun.of("data", "check", "shpes").failsWith(2, "Did you mean shapes?");
  }

  @Test
  void dataAloneAsksWhatToDo() {
    CommandLineRun.of("data").failsWith(2, "check, stats, show, decode or pack");
    CommandLineRun.of("data", "chekc").failsWith(2, "Did you mean check?");
    CommandLineRun.of("data", "stats", "shapes", "--split=middle")
        .failsWith(2, "--split", "'middle'");
  }
}
