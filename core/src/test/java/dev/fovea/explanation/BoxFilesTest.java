package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxFilesTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static String annotation(String filename, String objects) {
    return "<annotation><folder>x</folder><filename>"
        + filename
        + "</filename>"
        + "<size><width>99</width></size>"
        + objects
        + "</annotation>";
  }

  private static String object(String name, int xmin, int ymin, int xmax, int ymax) {
    return "<object><name>"
        + name
        + "</name><bndbox><xmin>"
        + xmin
        + "</xmin><ymin>"
        + ymin
        + "</ymin><xmax>"
        + xmax
        + "</xmax><ymax>"
        + ymax
        + "</ymax></bndbox></object>";
  }

  @Test
  void linesOfAnImageAndClassBelongTogether() throws IOException {
    Path csv =
        file(
            "boxes.csv",
            "\uFEFFpath,xmin,ymin,xmax,ymax,class\r\n"
                + "a.jpg,0,0,10,20,cat\r\n"
                + "# a remark\r\n\r\n"
                + "\"b, c.jpg\",1.5,2,3,4,\"a \"\"dog\"\"\"\r\n"
                + "a.jpg,5,6,7,8,cat\r\n"
                + "a.jpg,5,6,7,8,dog\r\n"
                + "d.jpg, 1, 2, 3, 4\r\n");
    assertThat(BoxedImage.ofCsv(csv))
        .containsExactly(
            new BoxedImage(
                folder.resolve("a.jpg"),
                Optional.of("cat"),
                List.of(new Box(0, 0, 10, 20), new Box(5, 6, 7, 8))),
            new BoxedImage(
                folder.resolve("b, c.jpg"),
                Optional.of("a \"dog\""),
                List.of(new Box(1.5, 2, 3, 4))),
            new BoxedImage(
                folder.resolve("a.jpg"), Optional.of("dog"), List.of(new Box(5, 6, 7, 8))),
            new BoxedImage(
                folder.resolve("d.jpg"), Optional.empty(), List.of(new Box(1, 2, 3, 4))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.jpg,1,2,3 | line 1: expected path,xmin,ymin,xmax,ymax",
        "a.jpg,1,2,x,4 | 'x' is no number",
        "a.jpg,1,2,1,4 | right edge",
        "a.jpg,nan,2,1,4 | no number",
        "a.jpg,NaN,2,1,4 | right edge",
        "\"a.jpg,1,2,3,4 | quote",
        "'' | holds no boxes",
      })
  void aWrongLineIsNamed(String line, String message) throws IOException {
    Path csv = file("wrong.csv", line + "\n");
    assertThatThrownBy(() -> BoxedImage.ofCsv(csv))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("wrong.csv")
        .hasMessageContaining(message);
  }

  @Test
  void aFileThatIsNoTextOrNotThereIsNamed() throws IOException {
    Path binary = Files.write(folder.resolve("b.csv"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThatThrownBy(() -> BoxedImage.ofCsv(binary)).hasMessageContaining("no text in UTF-8");
    assertThatThrownBy(() -> BoxedImage.ofCsv(folder)).hasMessageContaining("no such file");
    assertThatThrownBy(() -> BoxedImage.ofCsv(folder.resolve("none.csv")))
        .isInstanceOf(DataException.class);
  }

  @Test
  void annotationsOfPascalVocCountPixelsFromOne() throws IOException {
    Files.createFile(folder.resolve("n01_1.JPEG"));
    Files.createFile(folder.resolve("2.jpg"));
    file("a.xml", annotation("n01_1", object("n01", 1, 1, 10, 20) + object("n01", 3, 3, 4, 4)));
    file("b.xml", annotation("2.jpg", object("cat", 11, 12, 20, 30) + object("dog", 1, 1, 2, 2)));
    List<BoxedImage> images = BoxedImage.ofVoc(folder, folder);
    assertThat(images)
        .containsExactly(
            new BoxedImage(
                folder.resolve("n01_1.JPEG"),
                Optional.of("n01"),
                List.of(new Box(0, 0, 10, 20), new Box(2, 2, 4, 4))),
            new BoxedImage(
                folder.resolve("2.jpg"), Optional.of("cat"), List.of(new Box(10, 11, 20, 30))),
            new BoxedImage(
                folder.resolve("2.jpg"), Optional.of("dog"), List.of(new Box(0, 0, 2, 2))));
    assertThat(images.get(0).boxes().get(0).area()).isEqualTo(200);
    assertThat(BoxedImage.ofVoc(folder.resolve("b.xml"), folder)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!DOCTYPE annotation [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><annotation>"
            + "<filename>&x;</filename></annotation>",
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
            + "<annotation><filename>&c;</filename></annotation>",
        "<annotation>",
        "no xml",
      })
  void documentTypesAndOtherThanXmlAreRefused(String text) throws IOException {
    Path xml = file("x.xml", text);
    assertThatThrownBy(() -> BoxedImage.ofVoc(xml, folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("x.xml");
  }

  @Test
  void annotationsThatLackSomethingAreNamed() throws IOException {
    Files.createFile(folder.resolve("a.jpg"));
    Path none = file("none.xml", annotation("a", ""));
    assertThatThrownBy(() -> BoxedImage.ofVoc(none, folder)).hasMessageContaining("no boxes");
    Path away = file("away.xml", annotation("../../etc/passwd", object("cat", 1, 1, 2, 2)));
    assertThatThrownBy(() -> BoxedImage.ofVoc(away, folder))
        .hasMessageContaining("without folders");
    Path missing = file("missing.xml", annotation("zzz", object("cat", 1, 1, 2, 2)));
    assertThatThrownBy(() -> BoxedImage.ofVoc(missing, folder)).hasMessageContaining("'zzz'");
    Path nameless = file("nameless.xml", annotation("a", "<object><bndbox></bndbox></object>"));
    assertThatThrownBy(() -> BoxedImage.ofVoc(nameless, folder)).hasMessageContaining("<xmin>");
    Path large = file("large.xml", annotation("a", " ".repeat(1 << 20)));
    assertThatThrownBy(() -> BoxedImage.ofVoc(large, folder)).hasMessageContaining("limit");
  }
}
