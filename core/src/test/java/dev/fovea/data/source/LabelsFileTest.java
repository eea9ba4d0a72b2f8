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

  @Test
  void aColumnIsChosenByItsName() throws IOException {
    String table = "id,Species,breed,path\n1,cat,siam,1.png\n2,dog,pug,2.png\n";
    Path file = Files.writeString(dir.resolve("labels.csv"), table);
    DatasetOptions options =
        DatasetOptions.STANDARD.withMemoryBytes(0).withLabels(Optional.of(file));
    try (Dataset set =
        Datasets.open(
            dir.resolve("images"), Split.ALL, options.withLabelColumn(Optional.of("breed")))) {
      assertThat(set.classes()).containsExactly("pug", "siam");
    }
    assertThatThrownBy(
            () ->
                Datasets.open(
                    dir.resolve("images"),
                    Split.ALL,
                    options.withLabelColumn(Optional.of("color"))))
        .hasMessageContaining("has no column 'color', only id, Species, breed, path")
        .hasMessageContaining("data.label_column");
  }

  private List<String> found(Path where, Split split, DatasetOptions options) {
    try (Dataset set = Datasets.open(where, split, options)) {
      return IntStream.range(0, set.size())
          .mapToObj(i -> set.name(i) + "=" + set.classes().get(set.label(i)))
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "train_images", "train", "."})
  void aListBesideItsImagesIsFound(String folder) throws IOException {
    Path kaggle = Files.createDirectories(dir.resolve("kaggle"));
    for (int i = 1; i <= 4; i++) {
      TestImages.put(kaggle, folder + "/00" + i + ".png", TestImages.png(4, 4, i));
    }
    if (!folder.equals(".")) {
      TestImages.put(kaggle, "test_images/001.png", TestImages.png(4, 4, 9));
    }
    Files.writeString(
        kaggle.resolve("train.csv"),
        "image_id,label,source\n001,\"cat\",x\n002,dog,y\n003,cat,z\n004,dog,z\n");
    Files.writeString(kaggle.resolve("sample_submission.csv"), "image_id,label\n001,cat\n");
    DatasetOptions all = DatasetOptions.STANDARD.withMemoryBytes(0).withValFraction(0);
    String prefix = folder.equals(".") ? "" : folder + "/";
    assertThat(found(kaggle, Split.TRAIN, all))
        .containsExactly(
            prefix + "001.png=cat",
            prefix + "003.png=cat",
            prefix + "002.png=dog",
            prefix + "004.png=dog");
    assertThat(found(kaggle, Split.TRAIN, all.withLabelColumn(Optional.of("source"))))
        .endsWith(prefix + "003.png=z", prefix + "004.png=z");
    try (Dataset set = Datasets.open(kaggle, Split.VAL, all.withValFraction(0.5))) {
      assertThat(set.size()).isEqualTo(2);
      assertThat(set.notes())
          .containsExactly("the labels are those of train.csv, found beside the images");
    }
  }

  @Test
  void listsOfTheirSplitsAreFoundTogether() throws IOException {
    Path set = dir.resolve("set");
    for (int i = 1; i <= 4; i++) {
      TestImages.put(set, "images/" + i + ".png", TestImages.png(4, 4, i));
    }
    Files.writeString(set.resolve("train.csv"), "filename,label\n1.png,0\n2.png,1\n");
    Files.writeString(set.resolve("val.csv"), "filename,label\n3.png,1\n4.png,0\n");
    DatasetOptions all = DatasetOptions.STANDARD.withMemoryBytes(0).withValFraction(0);
    assertThat(found(set, Split.TRAIN, all)).containsExactly("images/1.png=0", "images/2.png=1");
    assertThat(found(set, Split.VAL, all)).containsExactly("images/4.png=0", "images/3.png=1");
    Files.writeString(set.resolve("val.csv"), "filename,label\n2.png,1\n4.png,0\n");
    assertThatThrownBy(() -> found(set, Split.VAL, all))
        .hasMessageContaining("2.png is listed in train.csv and in val.csv");
  }

  @Test
  void classFoldersWinOverAListBesideThem() throws IOException {
    Path set = dir.resolve("set");
    TestImages.classes(set, 2, 4, "cat", "dog");
    Files.writeString(set.resolve("train.csv"), "path,label\ncat/cat0000.png,x\n");
    DatasetOptions all = DatasetOptions.STANDARD.withMemoryBytes(0).withValFraction(0);
    try (Dataset folders = Datasets.open(set, Split.TRAIN, all)) {
      assertThat(folders.classes()).containsExactly("cat", "dog");
    }
    assertThatThrownBy(
            () -> Datasets.open(set, Split.ALL, all.withLabelColumn(Optional.of("breed"))))
        .hasMessageContaining("no list of labels with the column 'breed'");
  }
}
