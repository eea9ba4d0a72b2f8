package dev.fovea.app.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.explanation.BoxFile.Labeled;
import dev.fovea.explanation.Box;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class BoxFileTest {
  @TempDir private Path folder;

  private BoxFile read(String text) throws IOException {
    return BoxFile.read(Files.writeString(folder.resolve("boxes.csv"), text));
  }

  @Test
  void everyRowIsABoxAndColumnsHaveTheirUsualNames() throws IOException {
    BoxFile boxes =
        read(
            """
            \uFEFFlabel,filename,xmin,ymin,xmax,ymax,width
            "cat, big",a/b.jpg,1,2,30,40,9
            dog,a/b.jpg,5.5,6,7,8,9

            dog,c.jpg, 0,0,1,1 ,9
            """);
    assertThat(boxes.of("a/b.jpg"))
        .containsExactly(
            new Labeled("cat, big", new Box(1, 2, 30, 40), 2),
            new Labeled("dog", new Box(5.5, 6, 7, 8), 3));
    assertThat(boxes.of("c.jpg")).hasSize(1);
    assertThat(boxes.of("d.jpg")).isEmpty();
  }

  @Test
  void labelsMayBeMissing() throws IOException {
    BoxFile boxes = read("bottom,right,top,left,image\n40,30,2,1,a.png\n");
    assertThat(boxes.of("a.png")).containsExactly(new Labeled("", new Box(1, 2, 30, 40), 2));
  }

  @Test
  void aHeadingMayBeMissingToo() throws IOException {
    BoxFile boxes = read("a.png,1,2,30,40.5,cat\nb.png,0,0,1,1,\n");
    assertThat(boxes.of("a.png")).containsExactly(new Labeled("cat", new Box(1, 2, 30, 40.5), 1));
    assertThat(boxes.of("b.png").get(0).label()).isEmpty();
  }

  @Test
  void anImageIsFoundByTheEndOfItsPathWithOrWithoutSuffix() throws IOException {
    BoxFile boxes = read("image,left,top,right,bottom\nval/x.jpg,0,0,1,1\ny,0,0,2,2\n");
    assertThat(boxes.of("/data/set/val/x.jpg")).hasSize(1);
    assertThat(boxes.of("images.zip/val/x.jpg")).hasSize(1);
    assertThat(boxes.of("/data/other/x.jpg")).isEmpty();
    assertThat(boxes.of("deep/down/y.JPEG")).hasSize(1);
  }

  @Test
  void theTableOfTheLocalizationTaskIsRead() throws IOException {
    BoxFile boxes =
        read(
            """
            ImageId,PredictionString
            ILSVRC2012_val_00048981,n03995372 85 1 499 272\s
            ILSVRC2012_val_00037956,n03481172 131 0 499 254 n03481172 1 2 3 4
            """);
    assertThat(boxes.of("val/ILSVRC2012_val_00048981.JPEG"))
        .containsExactly(new Labeled("n03995372", new Box(85, 1, 499, 272), 2));
    assertThat(boxes.of("ILSVRC2012_val_00037956.JPEG")).hasSize(2);
  }

  @Test
  void whatIsWrongIsNamedWithItsLine() {
    assertThatThrownBy(() -> read(""))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("is empty; expected a heading");
    assertThatThrownBy(() -> read("image,left,top\na,1,2\n"))
        .hasMessageContaining("line 1 is 'image,left,top'; expected a heading");
    String heading = "image,left,top,right,bottom\n";
    assertThatThrownBy(() -> read(heading + "a,1,2,3\n"))
        .hasMessageContaining("line 2 has 4 of 5 columns");
    assertThatThrownBy(() -> read(heading + "a,1,2,3,x\n"))
        .hasMessageContaining("line 2 has 'x' where a number of pixels belongs");
    assertThatThrownBy(() -> read(heading + "a,5,2,3,9\n"))
        .hasMessageContaining("line 2 is no box: a box must have its right edge");
    assertThatThrownBy(() -> read(heading + "a,NaN,2,3,9\n")).hasMessageContaining("line 2");
    assertThatThrownBy(() -> read("ImageId,PredictionString\na,b 1 2 3\n"))
        .hasMessageContaining("line 2 has 4 words of boxes, which is no multiple of five");
  }

  @Test
  void aFileThatIsNoTextSaysSo() throws IOException {
    Path file = Files.write(folder.resolve("x.csv"), new byte[] {(byte) 0xff, (byte) 0xd8, 1});
    assertThatThrownBy(() -> BoxFile.read(file)).hasMessageContaining("is no text in UTF-8");
  }
}
