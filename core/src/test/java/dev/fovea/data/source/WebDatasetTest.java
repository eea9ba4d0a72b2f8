package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.archive.Tars;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebDatasetTest {
  private static final DatasetOptions STREAMED =
      DatasetOptions.STANDARD.withMemoryBytes(0).withValFraction(0);

  @TempDir Path dir;

  private static byte[] png(int number) {
    return TestImages.png(4, 3, number);
  }

  /** Shards of three samples each, whose labels are 0, 1, 2, 0, 1, ... */
  private void shards(String name, int count) throws IOException {
    for (int s = 0; s < count; s++) {
      try (Tars tar = Tars.file(dir.resolve(name + "-00000" + s + ".tar"))) {
        for (int k = 0; k < 3; k++) {
          String key = String.format("%06d", 3 * s + k);
          tar.add(key + ".png", png(3 * s + k)).add(key + ".cls", Integer.toString(k));
        }
      }
    }
  }

  private Path one(String... members) throws IOException {
    Path file = dir.resolve("set-000000.tar");
    try (Tars tar = Tars.file(file)) {
      for (String m : members) {
        String[] parts = m.split("=", 2);
        if (parts.length == 1) {
          tar.add(m, png(m.hashCode()));
        } else {
          tar.add(parts[0], parts[1]);
        }
      }
    }
    return file;
  }

  private static List<String> content(Dataset set) {
    return IntStream.range(0, set.size())
        .mapToObj(i -> set.name(i) + "=" + set.classes().get(set.label(i)))
        .toList();
  }

  private static List<String> content(String path, Split split, DatasetOptions options) {
    try (Dataset set = Datasets.open(path, split, options)) {
      return content(set);
    }
  }

  @Test
  void aFolderOfShardsIsReadInOrderWithItsSplits() throws IOException {
    shards("train", 2);
    shards("val", 1);
    try (Dataset train = Datasets.open(dir, Split.TRAIN, STREAMED);
        Dataset val = Datasets.open(dir, Split.VAL, STREAMED)) {
      assertThat(content(train))
          .containsExactly(
              "train-000000.tar/000000.png=0",
              "train-000000.tar/000001.png=1",
              "train-000000.tar/000002.png=2",
              "train-000001.tar/000003.png=0",
              "train-000001.tar/000004.png=1",
              "train-000001.tar/000005.png=2");
      assertThat(val.size()).isEqualTo(3);
      assertThat(train.image(4).rgb()).isEqualTo(ImageDecoder.decode(png(4), "x").rgb());
      assertThat(train.encoded(5)).hasValue(png(5));
      assertThat(train.bytes(5)).isEqualTo(png(5).length);
      assertThat(train.description()).isEqualTo("train of " + dir);
      train.verifyUnchanged();
    }
    List<Dataset> parts = Datasets.parts(dir.toString(), STREAMED);
    assertThat(parts).extracting(Dataset::size).containsExactly(6, 3);
    parts.forEach(Dataset::close);
  }

  @Test
  void splitsMayBeFoldersOfShards() throws IOException {
    shards("train/0", 2);
    shards("validation/0", 1);
    assertThat(content(dir.toString(), Split.TRAIN, STREAMED)).hasSize(6);
    assertThat(content(dir.toString(), Split.VAL, STREAMED))
        .first()
        .isEqualTo("validation/0-000000.tar/000000.png=0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train-{000000..000001}.tar | 6",
        "{train,val}-000000.tar | 6",
        "{train,val}-{000000..000000}.tar | 6",
        "train-*.tar | 6",
        "train-00000[1-9].tar | 3",
        "*-00000?.tar | 9",
        "train-000001.tar | 3"
      })
  void patternsMeanTheirArchives(String pattern, int images) throws IOException {
    shards("train", 2);
    shards("val", 1);
    assertThat(content(dir + "/" + pattern, Split.ALL, STREAMED)).hasSize(images);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train-{000000..000007}.tar | 6 of the 8 archives",
        "none-*.tar | no file matches",
        "train-{000005..000001}.tar | which ends before it starts",
        "train-{0..9}{0..9}{0..9}{0..9}{0..9}{0..9}{0..9}.tar | more than 100000 archives",
        "no/where/*.tar | there is no folder"
      })
  void aPatternThatMeansNoArchivesSaysSo(String pattern, String message) throws IOException {
    shards("train", 2);
    assertThatThrownBy(() -> content(dir + "/" + pattern, Split.ALL, STREAMED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("expected");
  }

  @Test
  void namesOfClassesComeFromAFileBesideTheShards() throws IOException {
    shards("train", 1);
    Files.writeString(dir.resolve("classes.txt"), "cat\ndog\nfox\nhen\n");
    try (Dataset set = Datasets.open(dir, Split.TRAIN, STREAMED)) {
      assertThat(set.classes()).containsExactly("cat", "dog", "fox", "hen");
      assertThat(set.label(2)).isEqualTo(2);
      assertThat(set.notes()).containsExactly("train of " + dir + " has no images of 1 class: hen");
      assertThat(set.ignored()).isEmpty();
    }
    Path given = Files.writeString(dir.resolve("other.json"), "{\"a\": 0, \"b\": 1, \"c\": 2}");
    assertThat(
            content(dir + "/train-000000.tar", Split.ALL, STREAMED.withClasses(Optional.of(given))))
        .containsExactly(
            "train-000000.tar/000000.png=a",
            "train-000000.tar/000001.png=b",
            "train-000000.tar/000002.png=c");
    Files.writeString(dir.resolve("classes.txt"), "cat\ndog\n");
    assertThatThrownBy(() -> Datasets.open(dir, Split.TRAIN, STREAMED))
        .hasMessageContaining("has 1 label that is not among the 2 classes (cat, dog): 2");
  }

  @Test
  void theDescriptionOfADatasetNamesItsClasses() throws IOException {
    shards("train", 1);
    Files.writeString(
        dir.resolve("dataset_info.json"),
        "{\"description\": \"\", \"features\": {\"image\": {\"_type\": \"Image\"}, \"label\":"
            + " {\"names\": [\"cat\", \"dog\", \"fox\"], \"_type\": \"ClassLabel\"}}}");
    try (Dataset set = Datasets.open(dir, Split.TRAIN, STREAMED)) {
      assertThat(set.classes()).containsExactly("cat", "dog", "fox");
    }
  }

  @Test
  void labelsComeFromJsonAndTextToo() throws IOException {
    Path file =
        one(
            "a.jpg={}",
            "a.json={\"x\": {\"label\": 7}, \"cls\": 1, \"label\": \"cat\"}",
            "b.png",
            "b.txt=dog\n",
            "c.png",
            "c.txt=a caption",
            "c.cls=dog");
    assertThat(content(file.toString(), Split.ALL, STREAMED))
        .containsExactly(
            "set-000000.tar/a.jpg=cat", "set-000000.tar/b.png=dog", "set-000000.tar/c.png=dog");
  }

  @Test
  void aFieldOfJsonIsChosenByItsName() throws IOException {
    Path file =
        one(
            "a.png",
            "a.cls=1",
            "a.json={\"label\": 0, \"breed\": \"pug\"}",
            "b.png",
            "b.cls=0",
            "b.json={\"label\": 0, \"breed\": \"collie\"}",
            "c.png",
            "c.json={\"label\": 1}");
    try (Dataset set =
        Datasets.open(file, Split.ALL, STREAMED.withLabelColumn(Optional.of("breed")))) {
      assertThat(content(set))
          .containsExactly("set-000000.tar/a.png=pug", "set-000000.tar/b.png=collie");
      assertThat(set.classes()).containsExactly("collie", "pug");
      assertThat(set.ignored())
          .extracting(Object::toString)
          .singleElement()
          .asString()
          .contains("c.png");
    }
  }

  @Test
  void numbersWithoutNamesAreClassesByValue() throws IOException {
    Path file = one("a.png", "a.cls=10", "b.png", "b.cls=9", "c.png", "c.cls=100");
    try (Dataset set = Datasets.open(file, Split.ALL, STREAMED)) {
      assertThat(set.classes()).containsExactly("9", "10", "100");
      assertThat(set.label(0)).isEqualTo(1);
    }
  }

  @Test
  void whatIsNoSampleIsReported() throws IOException {
    Path file =
        one(
            "a.png",
            "a.cls=0",
            "a.seg.png",
            "a.jpg=x",
            "b.cls=1",
            "c.png",
            "d.1.png",
            "d.1.cls=1",
            "a.png",
            "a.cls=1",
            "e.png",
            "e.cls=1",
            "../f.png",
            "README.md=x");
    try (Dataset set = Datasets.open(file, Split.ALL, STREAMED)) {
      assertThat(content(set)).containsExactly("set-000000.tar/a.png=0", "set-000000.tar/e.png=1");
      assertThat(set.ignored())
          .extracting(i -> i.path().replace("set-000000.tar/", "") + " " + i.kind())
          .containsExactlyInAnyOrder(
              "a.jpg duplicate member",
              "b.cls without image",
              "c.png unlabeled",
              "d.1.png without image",
              "a.png duplicate member",
              "../f.png of unsafe path",
              "README.md without image");
      assertThat(set.ignored())
          .filteredOn(i -> i.path().endsWith("d.1.png"))
          .singleElement()
          .asString()
          .contains("keys without dots");
    }
  }

  @Test
  void imagesWithoutLabelsAreRefusedWithTheWayOut() throws IOException {
    shards("train", 1);
    Path plain = dir.resolve("plain");
    try (Tars tar = Tars.file(plain.resolve("x.tar"))) {
      tar.add("a.png", png(1)).add("a.json", "{\"caption\": \"x\"}").add("b.png", png(2));
    }
    assertThatThrownBy(() -> Datasets.open(plain, Split.TRAIN, STREAMED))
        .hasMessageContaining("2 images without labels, for example x.tar/a.png")
        .hasMessageContaining("data.label_column");
  }

  @Test
  void captionsAreNoClasses() throws IOException {
    Path file = dir.resolve("captions-0.tar");
    try (Tars tar = Tars.file(file)) {
      for (int i = 0; i < 1001; i++) {
        tar.add(i + ".png", png(0)).add(i + ".txt", "a photograph of " + i);
      }
    }
    assertThatThrownBy(() -> Datasets.open(file, Split.TRAIN, STREAMED))
        .hasMessageContaining("these look like captions");
  }

  @Test
  void aTarOfClassFoldersStaysOne() throws IOException {
    Path file = one("cat/1.png", "cat/1.txt=a caption", "dog/2.png", "dog/2.txt=another");
    try (Dataset set = Datasets.open(file, Split.ALL, STREAMED)) {
      assertThat(set.classes()).containsExactly("cat", "dog");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"val", "test"})
  void aMissingSplitIsHeldOutOrNamed(String split) throws IOException {
    shards("set", 4);
    Split wanted = Split.valueOf(split.toUpperCase(java.util.Locale.ROOT));
    assertThatThrownBy(() -> Datasets.open(dir, wanted, STREAMED))
        .hasMessageContaining("only archives without the name of a split")
        .hasMessageContaining(split + "-000000.tar");
    DatasetOptions holding = STREAMED.withValFraction(0.25);
    try (Dataset train = Datasets.open(dir, Split.TRAIN, holding);
        Dataset held = Datasets.open(dir, wanted, holding)) {
      assertThat(train.size()).isEqualTo(9);
      assertThat(held.size()).isEqualTo(3);
      assertThat(content(train)).doesNotContainAnyElementsOf(content(held));
    }
  }

  @Test
  void theFingerprintDependsOnTheImagesOfTheSplitAlone() throws IOException {
    shards("train", 2);
    String before = fingerprint(Split.TRAIN, STREAMED);
    assertThat(fingerprint(Split.TRAIN, STREAMED)).isEqualTo(before);
    shards("val", 1);
    assertThat(fingerprint(Split.TRAIN, STREAMED)).isEqualTo(before);
    assertThat(fingerprint(Split.TRAIN, STREAMED.withFraction(0.5))).isNotEqualTo(before);
    Map<List<String>, String> halves = new HashMap<>();
    for (int seed = 0; seed < 6; seed++) {
      DatasetOptions half = STREAMED.withFraction(0.5).withSeed(seed);
      halves.put(content(dir.toString(), Split.TRAIN, half), fingerprint(Split.TRAIN, half));
    }
    assertThat(halves.size()).isGreaterThan(1);
    assertThat(halves.values()).doesNotHaveDuplicates();
    Files.writeString(dir.resolve("classes.txt"), "a\nb\nc\n");
    assertThat(fingerprint(Split.TRAIN, STREAMED)).isNotEqualTo(before);
    Files.delete(dir.resolve("classes.txt"));
    try (Tars tar = Tars.file(dir.resolve("train-000001.tar"))) {
      tar.add("000003.png", png(3)).add("000003.cls", "1");
    }
    assertThat(fingerprint(Split.TRAIN, STREAMED)).isNotEqualTo(before);
  }

  private String fingerprint(Split split, DatasetOptions options) {
    try (Dataset set = Datasets.open(dir, split, options)) {
      return set.fingerprint();
    }
  }

  @Test
  void aShardThatChangesIsNoticed() throws IOException {
    shards("train", 2);
    try (Dataset set = Datasets.open(dir, Split.TRAIN, STREAMED)) {
      Files.write(dir.resolve("train-000001.tar"), new byte[1000]);
      assertThatThrownBy(set::verifyUnchanged).hasMessageContaining("train-000001.tar");
      assertThatThrownBy(() -> set.image(5)).hasMessageContaining("train-000001.tar/000005.png");
    }
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    shards("train", 2);
    Files.writeString(dir.resolve("train-000001.tar"), "x".repeat(2000));
    assertThatThrownBy(() -> Datasets.open(dir, Split.TRAIN, STREAMED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-000001.tar")
        .hasMessageContaining("it is not a tar archive");
  }

  @Test
  void readingAfterClosingSaysSo() throws IOException {
    shards("train", 1);
    Dataset set = Datasets.open(dir, Split.TRAIN, STREAMED);
    set.close();
    assertThatThrownBy(() -> set.image(0)).hasMessageContaining("000000.png");
  }

  @Test
  void imagesForPredictionComeFromShardsToo() throws IOException {
    shards("train", 2);
    Path named = dir.resolve("train-{000000..000001}.tar");
    for (Path path : List.of(dir, named)) {
      try (UnlabeledImages images = UnlabeledImages.of(List.of(path), DecodeLimits.STANDARD)) {
        assertThat(images.size()).isEqualTo(6);
        assertThat(images.name(4)).isEqualTo(dir + "/train-000001.tar/000004.png");
        assertThat(images.image(4).rgb()).isEqualTo(ImageDecoder.decode(png(4), "x").rgb());
      }
    }
    try (UnlabeledImages images =
        UnlabeledImages.of(List.of(dir.resolve("none-*.tar")), DecodeLimits.STANDARD)) {
      assertThatThrownBy(() -> images.image(0)).hasMessageContaining("no file matches");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"set.parquet", "data/train-00000-of-00001.parquet"})
  void parquetIsRefusedWithTheCommandThatConvertsIt(String name) throws IOException {
    Path file = TestImages.put(dir, name, new byte[] {'P', 'A', 'R', '1'});
    assertThatThrownBy(() -> Datasets.open(dir, Split.TRAIN, STREAMED))
        .hasMessageContaining("holds Parquet, which is not read")
        .hasMessageContaining("load_dataset('" + dir + "')");
    assertThatThrownBy(() -> Datasets.open(file, Split.TRAIN, STREAMED))
        .hasMessageContaining("is Parquet")
        .hasMessageContaining("load_dataset('parquet', data_files='" + file + "')");
  }

  @Test
  void classesOfAModelAreMatchedByTheirNames() throws IOException {
    Path file = dir.resolve("ILSVRC2012_img_val.tar");
    try (Tars tar = Tars.file(file)) {
      tar.add("ILSVRC2012_val_00000001.JPEG", png(1)).add("ILSVRC2012_val_00000002.JPEG", png(2));
    }
    Files.writeString(
        dir.resolve("imagenet_2012_validation_synset_labels.txt"), "n02012849\nn03126707\n");
    Files.writeString(
        dir.resolve("synset_words.txt"), "n02012849 crane\nn03126707 crane\nn01440764 tench, T.\n");
    List<String> model = List.of("Tench", "crane_(n03126707)", "crane (n02012849)", "other");
    try (Dataset set = Datasets.withClasses(Datasets.open(file, Split.VAL, STREAMED), model)) {
      assertThat(List.of(set.label(0), set.label(1))).containsExactly(2, 1);
      assertThat(set.notes()).anyMatch(n -> n.contains("matched by their names"));
    }
    Dataset other = Datasets.open(file, Split.VAL, STREAMED);
    assertThatThrownBy(() -> Datasets.withClasses(other, List.of("tench", "crane")))
        .hasMessageContaining("not among the 2 expected ones");
    other.close();
  }
}
