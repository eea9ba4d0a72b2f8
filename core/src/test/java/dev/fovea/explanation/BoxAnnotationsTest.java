package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxAnnotationsTest {
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

  private BoxAnnotations read(String text) throws IOException {
    return BoxAnnotations.read(file("boxes.csv", text));
  }

  private LabeledBox box(String label, int line, double... edges) {
    return new LabeledBox(
        label.isEmpty() ? Optional.empty() : Optional.of(label),
        new Box(edges[0], edges[1], edges[2], edges[3]),
        folder.resolve("boxes.csv") + ", line " + line);
  }

  @Test
  void everyRowIsABoxAndColumnsHaveTheirUsualNames() throws IOException {
    BoxAnnotations boxes =
        read(
            "\uFEFFlabel,filename,xmin,ymin,xmax,ymax,width\r\n"
                + "\"cat, \"\"big\"\"\",a/b.jpg,1,2,30,40,9\r\n"
                + "dog,a/b.jpg,5.5,6,7,8,9\r\n\r\n"
                + "dog,\"c, d.jpg\", 0,0,1,1 ,9\r\n");
    assertThat(boxes.of("a/b.jpg"))
        .containsExactly(box("cat, \"big\"", 2, 1, 2, 30, 40), box("dog", 3, 5.5, 6, 7, 8));
    assertThat(boxes.of("c, d.jpg")).hasSize(1);
    assertThat(boxes.of("d.jpg")).isEmpty();
  }

  @Test
  void labelsMayBeMissing() throws IOException {
    BoxAnnotations boxes = read("bottom,right,top,left,image\n40,30,2,1,a.png\n");
    assertThat(boxes.of("a.png")).containsExactly(box("", 2, 1, 2, 30, 40));
  }

  @Test
  void aHeadingMayBeMissingToo() throws IOException {
    BoxAnnotations boxes = read("\uFEFFa.png,1,2,30,40.5,cat\nb.png,0,0,1,1,\nc.png,0,0,2,2\n");
    assertThat(boxes.of("a.png")).containsExactly(box("cat", 1, 1, 2, 30, 40.5));
    assertThat(boxes.of("b.png")).containsExactly(box("", 2, 0, 0, 1, 1));
    assertThat(boxes.of("c.png")).containsExactly(box("", 3, 0, 0, 2, 2));
  }

  @Test
  void anImageIsFoundByTheEndOfItsPathWithOrWithoutSuffix() throws IOException {
    BoxAnnotations boxes = read("image,left,top,right,bottom\nval/x.jpg,0,0,1,1\n.\\y,0,0,2,2\n");
    assertThat(boxes.of("/data/set/val/x.jpg")).hasSize(1);
    assertThat(boxes.of("images.zip/val/x.jpg")).hasSize(1);
    assertThat(boxes.of("/data/other/x.jpg")).isEmpty();
    assertThat(boxes.of("deep/down/y.JPEG")).hasSize(1);
    assertThatThrownBy(() -> boxes.requireAny(List.of("z.jpg", "q.jpg")))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("holds no box of the images", "val/x.jpg", "z.jpg");
    boxes.requireAny(List.of("z.jpg", "y"));
    boxes.requireAny(List.of());
  }

  @Test
  void programsGiveBoxesOfTheirOwn() {
    LabeledBox box = new LabeledBox(Optional.empty(), new Box(0, 0, 1, 1), "");
    BoxAnnotations boxes = new BoxAnnotations("mine", Map.of("a.png", List.of(box)));
    assertThat(boxes.of("photos/a.png")).containsExactly(box);
    assertThatThrownBy(() -> boxes.requireAny(List.of("b.png"))).hasMessageContaining("mine: ");
  }

  @Test
  void theTableOfTheLocalizationTaskIsReadWithPixelEdges() throws IOException {
    BoxAnnotations boxes =
        read(
            """
            ImageId,PredictionString
            ILSVRC2012_val_00048981,n03995372 85 1 499 272\s
            ILSVRC2012_val_00037956,n03481172 131 0 499 254 n03481172 1 2 3 4
            """);
    assertThat(boxes.of("val/ILSVRC2012_val_00048981.JPEG"))
        .containsExactly(box("n03995372", 2, 85, 1, 499, 272));
    assertThat(boxes.of("ILSVRC2012_val_00037956.JPEG")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "^^ | is empty; expected a heading",
        "image,left,top~a,1,2 | line 1 is 'image,left,top'; expected a heading",
        "image,left,top,right,bottom | holds no boxes; expected",
        "image,left,top,right,bottom~a,1,2,3 | line 2 has 4 of 5 columns",
        "image,left,top,right,bottom~a,1,2,3,4,tabby | line 2 has 6 columns instead of 5; quote",
        "image,left,top,right,bottom~a,1,2,3,x | line 2 has 'x' where a number of pixels belongs",
        "image,left,top,right,bottom~a,5,2,3,9 | line 2 is no box: a box must have its right edge",
        "image,left,top,right,bottom~a,NaN,2,3,9 | line 2 is no box",
        "image,left,top,right,bottom~\"a,1,2,3,9 | line 2 has a quote that is not closed",
        "a,1,2,3,4,tabby,cat | line 1 has 7 columns instead of 6",
        "a,1,2,3,4~b,1,2,3 | line 2 has 4 of 5 columns",
        "ImageId,PredictionString~a,b 1 2 3 | line 2 needs five words for each box, got 4",
      })
  void whatIsWrongIsNamedWithItsLine(String text, String message) {
    assertThatThrownBy(() -> read(text.replace('~', '\n')))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("boxes.csv: ")
        .hasMessageContaining(message);
  }

  @Test
  void aFileThatIsNoTextOrNotThereIsNamed() throws IOException {
    Path binary = Files.write(folder.resolve("b.csv"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThatThrownBy(() -> BoxAnnotations.read(binary)).hasMessageContaining("no text in UTF-8");
    assertThatThrownBy(() -> BoxAnnotations.read(folder.resolve("none.csv")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void annotationsOfPascalVocCountPixelsFromOne() throws IOException {
    Path n01 = Files.createDirectory(folder.resolve("n01"));
    Path a =
        Files.writeString(
            n01.resolve("a.xml"),
            annotation("n01_1", object("n01", 1, 1, 10, 20) + object("n01", 3, 3, 4, 4)));
    Path b = file("b.xml", annotation("2.jpg", object("cat", 11, 12, 20, 30)));
    BoxAnnotations boxes = BoxAnnotations.read(folder);
    assertThat(boxes.of("train/n01/n01_1.JPEG"))
        .containsExactly(
            new LabeledBox(Optional.of("n01"), new Box(0, 0, 10, 20), a.toString()),
            new LabeledBox(Optional.of("n01"), new Box(2, 2, 4, 4), a.toString()));
    assertThat(boxes.of("2.jpg"))
        .containsExactly(new LabeledBox(Optional.of("cat"), new Box(10, 11, 20, 30), b.toString()));
    assertThat(BoxAnnotations.read(b).of("n01_1.JPEG")).isEmpty();
    assertThat(BoxAnnotations.read(b).of("2.jpg")).hasSize(1);
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
    assertThatThrownBy(() -> BoxAnnotations.read(xml))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("x.xml");
  }

  @Test
  void annotationsThatLackSomethingAreNamed() throws IOException {
    Path none = file("none.xml", annotation("a", ""));
    assertThatThrownBy(() -> BoxAnnotations.read(none)).hasMessageContaining("no boxes");
    Path nameless =
        file("nameless.xml", annotation("a", "<object><name>x</name><bndbox></bndbox></object>"));
    assertThatThrownBy(() -> BoxAnnotations.read(nameless)).hasMessageContaining("<xmin>");
    Path word = file("word.xml", annotation("a", object("x", 1, 1, 2, 77).replace("77", "wide")));
    assertThatThrownBy(() -> BoxAnnotations.read(word))
        .hasMessageContainingAll("word.xml", "<ymax> is 'wide'", "a number of pixels");
    Path inverted = file("inverted.xml", annotation("a", object("x", 9, 1, 2, 3)));
    assertThatThrownBy(() -> BoxAnnotations.read(inverted)).hasMessageContaining("right edge");
    Path large = file("large.xml", annotation("a", " ".repeat(1 << 20)));
    assertThatThrownBy(() -> BoxAnnotations.read(large)).hasMessageContaining("limit");
    assertThatThrownBy(() -> BoxAnnotations.read(folder.resolve("absent.xml")))
        .hasMessageContaining("no such file");
  }
}
