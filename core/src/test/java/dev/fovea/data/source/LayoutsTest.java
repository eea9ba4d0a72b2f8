package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts as data sets come in, each as a folder, a zip and a tar. */
class LayoutsTest {
  private static final DatasetOptions STREAMED = DatasetOptions.STANDARD.withMemoryBytes(0);

  @TempDir Path dir;
  private int made;

  enum Form {
    FOLDER,
    ZIP,
    TAR
  }

  private Path data() {
    return dir.resolve("data");
  }

  private void images(String... paths) throws IOException {
    for (String p : paths) {
      TestImages.put(data(), p, TestImages.png(4, 4, made++));
    }
  }

  private void text(String path, String text) throws IOException {
    TestImages.put(data(), path, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The tree made so far in a form. */
  private Path as(Form form) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(data())) {
      files = walk.filter(Files::isRegularFile).sorted().toList();
    }
    Path out = dir.resolve("data." + form.name().toLowerCase(java.util.Locale.ROOT));
    if (form == Form.FOLDER) {
      return data();
    } else if (form == Form.ZIP) {
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(out))) {
        for (Path f : files) {
          zip.putNextEntry(new ZipEntry(data().relativize(f).toString()));
          zip.write(Files.readAllBytes(f));
        }
      }
      return out;
    }
    try (OutputStream file = Files.newOutputStream(out);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(file)) {
      for (Path f : files) {
        TarArchiveEntry e = new TarArchiveEntry(data().relativize(f).toString());
        e.setSize(Files.size(f));
        tar.putArchiveEntry(e);
        tar.write(Files.readAllBytes(f));
        tar.closeArchiveEntry();
      }
    }
    return out;
  }

  private static List<String> labelled(Dataset set) {
    return IntStream.range(0, set.size())
        .mapToObj(i -> set.name(i) + "=" + set.classes().get(set.label(i)))
        .toList();
  }

  private static void refused(Path path, Split split, String... parts) {
    assertThatThrownBy(() -> Datasets.open(path, split).close())
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @EnumSource
  void tinyImageNetIsReadAsDistributed(Form form) throws IOException {
    for (String wnid : List.of("n01", "n02", "n03")) {
      images("tiny/train/" + wnid + "/images/" + wnid + "_0.JPEG");
      images("tiny/train/" + wnid + "/images/" + wnid + "_1.JPEG");
      text("tiny/train/" + wnid + "/" + wnid + "_boxes.txt", wnid + "_0.JPEG\t0\t0\t9\t9\n");
    }
    images(
        "tiny/val/images/val_0.JPEG", "tiny/val/images/val_1.JPEG", "tiny/val/images/val_2.JPEG");
    text(
        "tiny/val/val_annotations.txt",
        """
        val_0.JPEG\tn03\t0\t32\t44\t62
        val_1.JPEG\tn01\t52\t55\t57\t59
        val_2.JPEG\tn03\t4\t0\t60\t55
        """);
    images("tiny/test/images/test_0.JPEG", "tiny/test/images/test_1.JPEG");
    text("tiny/wnids.txt", "n01\nn02\nn03\n");
    text("tiny/words.txt", "n01\tgoldfish\n");

    try (Dataset train = Datasets.open(as(form), Split.TRAIN, STREAMED);
        Dataset val = Datasets.open(as(form), Split.VAL, STREAMED)) {
      assertThat(train.size()).isEqualTo(6);
      assertThat(train.classes()).containsExactly("n01", "n02", "n03");
      assertThat(labelled(val))
          .containsExactly(
              "tiny/val/images/val_1.JPEG=n01",
              "tiny/val/images/val_0.JPEG=n03",
              "tiny/val/images/val_2.JPEG=n03");
      assertThat(val.notes())
          .hasSize(2)
          .anyMatch(n -> n.contains("test/ contains 2 images outside class folders"))
          .anyMatch(n -> n.endsWith("/val has no images of 1 class: n02"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anUnlabeledTestFolderIsPassedOverWithANote(Form form) throws IOException {
    images("train/a/1.png", "train/b/1.png", "val/a/2.png", "val/b/2.png", "test/9.png");

    try (Dataset val = Datasets.open(as(form), Split.VAL, STREAMED)) {
      assertThat(labelled(val)).containsExactly("val/a/2.png=a", "val/b/2.png=b");
      assertThat(val.notes())
          .containsExactly(
              "test/ contains 1 image outside class folders: it is ignored as unlabeled");
      assertThat(IgnoredFile.summary(val.ignored())).isEqualTo("1 file ignored: 1 unlabeled");
    }
  }

  @ParameterizedTest
  @EnumSource
  void testingBesideTrainingIsTheTestSplit(Form form) throws IOException {
    images("training/a/1.png", "training/b/1.png", "testing/a/2.png", "testing/b/2.png");

    try (Dataset train = Datasets.open(as(form), Split.TRAIN, STREAMED);
        Dataset val = Datasets.open(as(form), Split.VAL, STREAMED);
        Dataset test = Datasets.open(as(form), Split.TEST, STREAMED)) {
      assertThat(labelled(train)).containsExactly("training/a/1.png=a", "training/b/1.png=b");
      assertThat(labelled(val)).containsExactly("testing/a/2.png=a", "testing/b/2.png=b");
      assertThat(labelled(test)).isEqualTo(labelled(val));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"valid", "validation", "Val", "eval", "evaluation", "test", "Testing"})
  void otherNamesOfASplitAreKnown(String name) throws IOException {
    images("Train/a/1.png", "Train/b/1.png", name + "/a/2.png", name + "/b/2.png");

    try (Dataset val = Datasets.open(data(), Split.VAL, STREAMED)) {
      assertThat(val.name(0)).isEqualTo(name + "/a/2.png");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClassCalledTrainOrTestIsAClass(Form form) throws IOException {
    images("x/car/1.png", "x/car/2.png", "x/plane/1.png", "x/train/1.png", "x/test/1.png");

    try (Dataset all = Datasets.open(as(form), Split.ALL, STREAMED)) {
      assertThat(all.classes()).containsExactly("car", "plane", "test", "train");
      assertThat(all.notes()).hasSize(2).allMatch(n -> n.contains("used as a class"));
    }
  }

  @Test
  void splitsMayHaveAClassCalledTrain() throws IOException {
    images("train/car/1.png", "train/train/1.png", "val/car/2.png", "val/train/2.png");

    try (Dataset val = Datasets.open(data(), Split.VAL, STREAMED)) {
      assertThat(labelled(val)).containsExactly("val/car/2.png=car", "val/train/2.png=train");
    }
  }

  @Test
  void whatMayBeBothIsRefusedAndNamed() throws IOException {
    images("car/1.png", "plane/1.png", "train/steam/1.png", "train/diesel/1.png");

    refused(data(), Split.TRAIN, "train/ could be a split, or a class beside car, plane");
  }

  @Test
  void classFoldersBesideATestFolderAreLearntFrom() throws IOException {
    images("a/1.png", "b/1.png", "test/a/2.png", "test/b/2.png");

    try (Dataset train = Datasets.open(data(), Split.TRAIN, STREAMED);
        Dataset val = Datasets.open(data(), Split.VAL, STREAMED)) {
      assertThat(labelled(train)).containsExactly("a/1.png=a", "b/1.png=b");
      assertThat(labelled(val)).containsExactly("test/a/2.png=a", "test/b/2.png=b");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatSystemsLeaveBehindIsPassedOver(Form form) throws IOException {
    images("a/1.png", "b/1.png", "@eaDir/a/SYNOPHOTO_THUMB_M.jpg", "a/@eaDir/1.png/x.jpg");
    images("__MACOSX/a/1.png", ".ipynb_checkpoints/a/1.png", "#recycle/c/1.png");
    text("__pycache__/x.pyc", "x");
    text("a/Thumbs.db", "x");
    text("a/.DS_Store", "x");
    text("b/desktop.ini", "x");

    try (Dataset all = Datasets.open(as(form), Split.ALL, STREAMED)) {
      assertThat(labelled(all)).containsExactly("a/1.png=a", "b/1.png=b");
      assertThat(all.ignored()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void ignoredFilesAreNamedByKindWithTheReason(Form form) throws IOException {
    images("a/1.png", "b/1.png", "a/noext", "a/2.jpg_large", "loose.png");
    text("a/3.heic", "\0\0\0\u0018ftypheic");
    text("a/4.avif", "\0\0\0\u0018ftypavif");
    text("a/5.odd", "hello");
    text("b/notes.txt", "hello");
    text("b/more.txt", "hello");

    try (Dataset all = Datasets.open(as(form), Split.ALL, STREAMED)) {
      assertThat(all.ignored())
          .extracting(IgnoredFile::toString)
          .containsExactlyInAnyOrder(
              "a/noext: an image by its content (PNG); rename it to end in .png",
              "a/2.jpg_large: an image by its content (PNG); rename it to end in .png",
              "a/3.heic: an image of an unsupported format (HEIC); convert it to JPEG or PNG to"
                  + " use it",
              "a/4.avif: an image of an unsupported format (AVIF); convert it to JPEG or PNG to"
                  + " use it",
              "a/5.odd: not an image by its name",
              "b/notes.txt: not an image by its name",
              "b/more.txt: not an image by its name",
              "loose.png: not in a class folder");
      assertThat(IgnoredFile.summary(all.ignored()))
          .startsWith("8 files ignored: 2 .txt, ")
          .contains("1 .heic", "1 without suffix", "1 .jpg_large");
    }
  }

  @Test
  void theCommandThatSortsImagesByTheirNamesDoesSo() throws Exception {
    images(
        "cat.0.png", "cat.1.png", "cat.10.png", "big dog_1.png", "big dog_2.png", "big dog 3.png");
    String message = "";
    try {
      Datasets.open(data(), Split.TRAIN).close();
    } catch (DataException e) {
      message = String.valueOf(e.getMessage());
    }
    assertThat(message)
        .contains("6 images are outside class folders", "big dog 3, cat 3", "labels file");
    String command = message.replaceFirst(".*, run: ", "").replaceFirst(" Or list them.*", "");

    assertThat(new ProcessBuilder("sh", "-c", command).start().waitFor()).isZero();

    try (Dataset all = Datasets.open(data(), Split.ALL, STREAMED)) {
      assertThat(all.classes()).containsExactly("big dog", "cat");
      assertThat(all.size()).isEqualTo(6);
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void imagesInASingleFolderAreSortedByTheirNamesToo(Form form) throws IOException {
    images("flat/cat.0.png", "flat/cat.1.png", "flat/dog.2.png", "flat/dog.3.png");

    refused(
        as(form),
        Split.TRAIN,
        "a single class, flat",
        "all in one folder",
        "start with the class (cat 2, dog 2)",
        form == Form.FOLDER ? "run: cd '" + data() + "/flat' &&" : "in its folder: cd 'flat' &&",
        "labels file");
  }

  @Test
  void imagesOfTwoSplitFoldersAreNotSortedByTheirNames() throws IOException {
    images("test/cat.0.png", "test/dog.1.png", "val/cat.2.png", "val/dog.3.png");

    refused(data(), Split.TRAIN, "for example test/cat.0.png: sort them into one folder per class");
  }

  @Test
  void aSingleClassIsNotSortedByTheNamesOfItsSubfolders() throws IOException {
    images("only/a/cat.0.png", "only/a/cat.1.png", "only/b/dog.2.png", "only/b/dog.3.png");
    images("only/cat.4.png");

    refused(data(), Split.TRAIN, "a single class, only", "name the folder that contains the class");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void imagesDirectlyInSplitFoldersAreExplainedAsNoClasses(Form form) throws IOException {
    images("test/1.png", "test/2.png", "val/1.png", "val/2.png");

    refused(
        as(form),
        Split.TRAIN,
        "test/ and val/ are splits by their names, not classes",
        "rename them, for example to class-test/",
        "4 images are outside class folders");
  }

  @Test
  void flatImagesWithoutClassesInTheirNamesAskForALabelsFile() throws IOException {
    images("train/IMG_1.png", "train/IMG_2.png", "test/1.png");

    refused(
        data(), Split.TRAIN, "2 images are outside class folders", "train/IMG_1.png", "path,label");
  }

  @Test
  void aPipeIsRefusedByNameAndNeverOpened() throws Exception {
    images("a/1.png", "b/1.png");
    Path pipe = data().resolve("a/pipe.png");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    try (Dataset all = Datasets.open(data(), Split.ALL, STREAMED)) {
      assertThat(all.size()).isEqualTo(2);
      assertThat(all.ignored().get(0).toString()).contains("a/pipe.png", "never opened");
    }
    refused(pipe, Split.ALL, "named pipe");
    try (UnlabeledImages p = UnlabeledImages.of(List.of(pipe), DecodeLimits.STANDARD)) {
      assertThatThrownBy(() -> p.image(0)).hasMessageContainingAll("pipe.png", "never opened");
    }
  }

  @Test
  void labelsCountInAnotherListOfClasses() throws IOException {
    images("b/1.png", "c/1.png");
    Dataset set = Datasets.open(data(), Split.ALL, STREAMED);

    Dataset other = Datasets.withClasses(set, List.of("c", "a", "b"));

    assertThat(labelled(other)).containsExactly("b/1.png=b", "c/1.png=c");
    assertThat(other.notes()).containsExactly("all of " + data() + " has no images of 1 class: a");
    assertThat(Datasets.withClasses(set, set.classes())).isSameAs(set);
    assertThatThrownBy(() -> Datasets.withClasses(set, List.of("b", "x")))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("1 class that", ": c; rename");
  }

  @Test
  void namesInBytesThatAreNoUtf8AreReadAndShownWithPercentSigns() throws Exception {
    images("a/1.png", "b/1.png");
    String command = "mv '" + data() + "/a/1.png' \"" + data() + "/a/$(printf '\\351')t%.png\"";
    assertThat(new ProcessBuilder("sh", "-c", command).start().waitFor()).isZero();

    try (Dataset all = Datasets.open(data(), Split.ALL, STREAMED)) {
      assertThat(all.name(0)).isEqualTo("a/%E9t%25.png");
      assertThat(all.image(0).width()).isEqualTo(4);
      all.verifyUnchanged();
    }
  }
}
