package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsFileTest {
  @TempDir Path dir;

  @BeforeEach
  void makeImages() throws IOException {
    for (String f : List.of("1.png", "2.png", "sub/3.png", "my cat, old.png")) {
      TestImages.put(dir, "images/" + f, TestImages.png(4, 4, f.hashCode()));
    }
  }

  private List<String> read(Split split, String text) throws IOException {
    return read(split, text, StandardCharsets.UTF_8, dir.resolve("labels.csv"));
  }

  private List<String> read(Split split, String text, Charset charset, Path file)
      throws IOException {
    Files.write(file, text.getBytes(charset));
    DatasetOptions options =
        DatasetOptions.STANDARD.withMemoryBytes(0).withLabels(Optional.of(file));
    try (Dataset set = Datasets.open(dir.resolve("images"), split, options)) {
      return IntStream.range(0, set.size())
          .mapToObj(i -> set.name(i) + "=" + set.classes().get(set.label(i)))
          .toList();
    }
  }

  private void refused(String text, String... parts) {
    assertThatThrownBy(() -> read(Split.ALL, text))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.png,cat\n2.png,dog\n",
        "\ufeffpath,label\r\n1.png,cat\r\n2.png,dog\r\n",
        "1.png\tcat\n2.png\tdog",
        "1.png cat\n2.png   dog\n\n",
        "1.png;cat\n2.png;dog\n",
        "id,breed\n1,cat\n2,dog\n",
        "label,x,filename\ncat,9,1.png\ndog,8,2.png\n",
        "cat,1.png\ndog,2.png\n",
        "\"1.png\",\"cat\"\n\"2.png\",\"dog\"\n",
        "./1.png, cat\n.\\2.png, dog\n",
        "images/1.png,cat\nimages/2.png,dog\n",
        "1.png\tcat\t0\t32\t44\n2.png\tdog\t1\t2\t3\n",
      })
  void everyWayOfWritingItIsRead(String text) throws IOException {
    assertThat(read(Split.ALL, text)).containsExactly("1.png=cat", "2.png=dog");
  }

  @Test
  void quotesAndBlanksMayBePartOfAName() throws IOException {
    assertThat(read(Split.ALL, "\"my cat, old.png\",\"a \"\"b\"\"\"\n1.png,c\n"))
        .containsExactly("my cat, old.png=a \"b\"", "1.png=c");
    assertThat(read(Split.ALL, "my cat, old.png 7\n1.png 10\n"))
        .containsExactly("my cat, old.png=7", "1.png=10");
  }

  @Test
  void spreadsheetsInUtf16AreRead() throws IOException {
    assertThat(
            read(
                Split.ALL,
                "1.png\tčáp\r\n2.png\tpes\r\n",
                StandardCharsets.UTF_16,
                dir.resolve("labels.txt")))
        .containsExactly("2.png=pes", "1.png=čáp");
  }

  @Test
  void pathsMayBeRelativeToTheFile() throws IOException {
    Path inside = dir.resolve("images/sub/labels.csv");
    assertThat(read(Split.ALL, "3.png,a\n../1.png,b\n", StandardCharsets.UTF_8, inside))
        .containsExactly("sub/3.png=a", "1.png=b");
    String absolute = dir.resolve("images/1.png") + ",a\n" + dir.resolve("images/2.png") + ",b\n";
    assertThat(read(Split.ALL, absolute)).containsExactly("1.png=a", "2.png=b");
  }

  @Test
  void aColumnMayNameTheSplit() throws IOException {
    String text = "path,label,split\n1.png,a,train\n2.png,b,train\nsub/3.png,b,valid\n";
    assertThat(read(Split.TRAIN, text)).containsExactly("1.png=a", "2.png=b");
    assertThat(read(Split.VAL, text)).containsExactly("sub/3.png=b");
    assertThat(read(Split.VAL, "1.png,a,train\n2.png,b,train\nsub/3.png,a,test\n"))
        .containsExactly("sub/3.png=a");
    refused("path,label,split\n1.png,a,trian\n", "line 2", "'trian'", "train, val or test");
  }

  @Test
  void imagesThatAreNotNamedAreIgnoredWithTheReason() throws IOException {
    Path file = Files.writeString(dir.resolve("l.csv"), "1.png,a\n2.png,b\n");
    DatasetOptions options = DatasetOptions.STANDARD.withLabels(Optional.of(file));
    try (Dataset set = Datasets.open(dir.resolve("images"), Split.ALL, options)) {
      assertThat(set.ignored())
          .extracting(IgnoredFile::toString)
          .containsExactlyInAnyOrder(
              "sub/3.png: not in the labels file", "my cat, old.png: not in the labels file");
    }
  }

  @Test
  void numbersAreOrderedByValue() throws IOException {
    assertThat(read(Split.ALL, "1.png,10\n2.png,9\n")).containsExactly("2.png=9", "1.png=10");
  }

  @Test
  void whatIsWrongIsNamedWithItsLine() {
    refused("1.png,a\nno.png,b\nnot.png,b\n2.png,b\n", "2 files", "no.png (line 2)", "not.png");
    refused("1.png,a\n1.png,b\n2.png,b\n", "lines 1 and 2", "two different labels");
    refused("1.png,a\n2.png,\n", "line 2", "label of 2.png is missing");
    refused("1.png\n2.png\n", "one column", "path,label");
    refused("1.png,\"a\n2.png,b\n", "line 1", "not closed");
    refused("", "is empty");
    refused("path,label\n", "no rows");
    refused("x,y1,z\n1.png,2,3\n", "none of which is called label");
    assertThatThrownBy(
            () ->
                read(
                    Split.ALL,
                    "1.png,č\n",
                    Charset.forName("ISO-8859-2"),
                    dir.resolve("labels.csv")))
        .hasMessageContainingAll("UTF-8", "save it");
  }

  @Test
  void aLabelsFileThatIsNotThereIsNamed() {
    DatasetOptions options =
        DatasetOptions.STANDARD.withLabels(Optional.of(dir.resolve("none.csv")));
    assertThatThrownBy(() -> Datasets.open(dir.resolve("images"), Split.ALL, options))
        .hasMessageContainingAll("none.csv", "does not exist", "data.labels");
  }
}
