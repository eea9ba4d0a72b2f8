package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  private static final DatasetOptions STREAMED = DatasetOptions.STANDARD.withMemoryBytes(0);

  @TempDir Path dir;

  private static Set<String> names(Dataset set) {
    Set<String> names = new HashSet<>();
    IntStream.range(0, set.size()).forEach(i -> names.add(set.name(i)));
    return names;
  }

  private void refused(Path path, Split split, String... parts) {
    assertThatThrownBy(() -> Datasets.open(path, split).close())
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aFolderWithSplitsGivesSortedClassesAndLabels() throws IOException {
    TestImages.classes(dir.resolve("train"), 3, 8, "dog", "ant", "cat with space", "éléphant");
    TestImages.classes(dir.resolve("test"), 2, 8, "dog", "ant", "cat with space", "éléphant");

    try (Dataset train = Datasets.open(dir, Split.TRAIN);
        Dataset val = Datasets.open(dir, Split.VAL)) {
      assertThat(train.classes()).containsExactly("ant", "cat with space", "dog", "éléphant");
      assertThat(train.size()).isEqualTo(12);
      assertThat(val.size()).isEqualTo(8);
      assertThat(train.name(0)).isEqualTo("train/ant/ant0000.png");
      assertThat(train.label(11)).isEqualTo(3);
      assertThat(train.image(5).width()).isEqualTo(8);
    }
  }

  @Test
  void memoryAndStreamGiveTheSameImages() throws IOException {
    TestImages.classes(dir, 40, 9, "a", "b");

    try (Dataset memory = Datasets.open(dir, Split.ALL);
        Dataset stream = Datasets.open(dir, Split.ALL, STREAMED)) {
      assertThat(memory).isInstanceOf(MemoryDataset.class);
      assertThat(stream).isInstanceOf(FileDataset.class);
      for (int i = 0; i < memory.size(); i++) {
        assertThat(memory.image(i).rgb()).isEqualTo(stream.image(i).rgb());
      }
      assertThat(memory.fingerprint()).isEqualTo(stream.fingerprint());
    }
  }

  @Test
  void imagesOfSeveralSizesAreNotHeldInMemory() throws IOException {
    TestImages.classes(dir, 3, 9, "a", "b");
    TestImages.put(dir, "b/other.png", TestImages.png(7, 5, 1));

    try (Dataset set = Datasets.open(dir, Split.ALL)) {
      assertThat(set).isInstanceOf(FileDataset.class);
    }
  }

  @Test
  void aFolderWithoutSplitsIsDividedByTheSeedAndNothingIsInBothParts() throws IOException {
    TestImages.classes(dir, 20, 4, "a", "b", "c");
    DatasetOptions options = STREAMED.withValFraction(0.25).withSeed(5);

    Set<String> train = names(Datasets.open(dir, Split.TRAIN, options));
    Set<String> val = names(Datasets.open(dir, Split.VAL, options));

    assertThat(train).hasSize(45).doesNotContainAnyElementsOf(val);
    assertThat(val).hasSize(15);
    assertThat(names(Datasets.open(dir, Split.VAL, options))).isEqualTo(val);
    assertThat(names(Datasets.open(dir, Split.VAL, options.withSeed(6)))).isNotEqualTo(val);
  }

  @Test
  void aFractionKeepsThatPartOfEveryClass() throws IOException {
    TestImages.classes(dir.resolve("train"), 20, 4, "a", "b");
    TestImages.classes(dir.resolve("val"), 1, 4, "a", "b");

    try (Dataset some = Datasets.open(dir, Split.TRAIN, STREAMED.withFraction(0.2));
        Dataset least = Datasets.open(dir, Split.VAL, STREAMED.withFraction(0.2))) {
      assertThat(IntStream.range(0, some.size()).filter(i -> some.label(i) == 0).count())
          .isEqualTo(4);
      assertThat(some.size()).isEqualTo(8);
      assertThat(least.size()).isEqualTo(2);
    }
  }

  @Test
  void whatWrapsTheClassFoldersIsPassedOver() throws IOException {
    TestImages.classes(dir.resolve("outer/inner/train"), 2, 4, "a", "b");
    TestImages.classes(dir.resolve("outer/inner/val"), 1, 4, "a", "b");
    TestImages.put(dir, "outer/.DS_Store", new byte[1]);

    try (Dataset set = Datasets.open(dir, Split.VAL)) {
      assertThat(set.size()).isEqualTo(2);
      assertThat(set.name(0)).isEqualTo("outer/inner/val/a/a0000.png");
    }
  }

  @Test
  void filesThatAreNoImagesAreCounted() throws IOException {
    TestImages.classes(dir, 2, 4, "a", "b");
    TestImages.put(dir, "a/readme.txt", new byte[1]);
    TestImages.put(dir, "loose.png", TestImages.png(4, 4, 0));

    try (Dataset set = Datasets.open(dir, Split.ALL)) {
      assertThat(set.size()).isEqualTo(4);
      assertThat(set.ignored())
          .extracting(IgnoredFile::toString)
          .containsExactlyInAnyOrder(
              "a/readme.txt: not an image by its name", "loose.png: not in a class folder");
    }
  }

  @Test
  void anEmptyClassFolderIsNamed() throws IOException {
    TestImages.classes(dir, 2, 4, "a", "b");
    Files.createDirectories(dir.resolve("hollow"));

    refused(dir, Split.TRAIN, "without images: hollow", "fill or remove");
  }

  @Test
  void aSingleClassIsRefused() throws IOException {
    TestImages.classes(dir, 2, 4, "only");

    refused(dir, Split.TRAIN, "a single class, only", "at least two");
  }

  @Test
  void aFolderWithoutImagesIsRefused() throws IOException {
    TestImages.put(dir, "a/readme.txt", new byte[1]);

    refused(dir, Split.TRAIN, "no images", "readme.txt");
  }

  @Test
  void aMissingSplitIsNamed() throws IOException {
    TestImages.classes(dir.resolve("val"), 2, 4, "a", "b");

    refused(dir, Split.TRAIN, "has no train split", "only val", "rename one of these to it");
    assertThatThrownBy(() -> Datasets.open("shapes(size=3)", Split.TRAIN))
        .isInstanceOf(DataException.class);
    Path plain = Files.createDirectory(dir.resolve("plain"));
    TestImages.classes(plain, 2, 4, "a", "b");
    assertThatThrownBy(() -> Datasets.open(plain, Split.VAL, STREAMED.withValFraction(0)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no val split, only class folders");
  }

  @Test
  void aClassThatValidationLacksHasNoImagesThereAndIsNoted() throws IOException {
    TestImages.classes(dir.resolve("train"), 2, 4, "a", "b", "c");
    TestImages.classes(dir.resolve("val"), 2, 4, "a", "c");

    try (Dataset val = Datasets.open(dir, Split.VAL, STREAMED)) {
      assertThat(val.classes()).containsExactly("a", "b", "c");
      assertThat(IntStream.range(0, 4).map(val::label)).containsExactly(0, 0, 2, 2);
      assertThat(val.notes()).containsExactly(dir + "/val has no images of 1 class: b");
    }
  }

  @Test
  void aClassThatOnlyValidationHasIsRefusedByName() throws IOException {
    TestImages.classes(dir.resolve("train"), 2, 4, "a", "b");
    TestImages.classes(dir.resolve("val"), 2, 4, "a", "b", "extra");

    refused(dir, Split.TRAIN, "/val has classes", "extra", "rename or remove");
  }

  @Test
  void aPathThatIsNotThereIsNamed() throws IOException {
    refused(dir.resolve("nowhere"), Split.TRAIN, "there is no", "nowhere");
    refused(
        TestImages.put(dir, "x.rar", new byte[3]), Split.TRAIN, "not a supported file", "x.rar");
  }

  @Test
  void aLoopOfLinksIsNamed() throws IOException {
    TestImages.classes(dir, 2, 4, "a", "b");
    Files.createSymbolicLink(dir.resolve("b/again"), dir);

    refused(dir, Split.TRAIN, "leads back", "again");
  }

  @Test
  void theFingerprintFollowsNamesSizesAndLabels() throws IOException {
    TestImages.classes(dir, 3, 4, "a", "b");
    String before = Datasets.open(dir, Split.ALL).fingerprint();
    assertThat(Datasets.open(dir, Split.ALL).fingerprint()).isEqualTo(before);

    Files.move(dir.resolve("a/a0000.png"), dir.resolve("b/a0000.png"));

    assertThat(Datasets.open(dir, Split.ALL).fingerprint()).isNotEqualTo(before);
  }

  @Test
  void dataThatChangesInUseIsNoticed() throws IOException {
    TestImages.classes(dir, 3, 4, "a", "b");
    try (Dataset set = Datasets.open(dir, Split.ALL, STREAMED)) {
      set.verifyUnchanged();
      Files.write(dir.resolve("b/b0001.png"), new byte[5]);

      assertThatThrownBy(set::verifyUnchanged)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("b0001.png");
      assertThatThrownBy(() -> set.image(4))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("b0001.png");
    }
  }

  @Test
  void badImagesBelowTheLimitKeepTheirPlaceAndAboveItStopTheOpening() throws IOException {
    TestImages.classes(dir, 60, 4, "a", "b");
    TestImages.put(dir, "a/a0007.png", "no image".getBytes(StandardCharsets.UTF_8));

    try (Dataset set = Datasets.open(dir, Split.ALL)) {
      assertThat(set.size()).isEqualTo(120);
      assertThat(set.bad()).extracting(BadImage::name).containsExactly("a/a0007.png");
      assertThatThrownBy(() -> set.image(7))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a0007");
      assertThat(set.image(8).width()).isEqualTo(4);
    }
    TestImages.put(dir, "b/b0009.png", new byte[0]);

    refused(dir, Split.ALL, "2 of the 120 images", "1.0 %", "a0007.png");
  }

  @Test
  void cifarBinaryIsRead() throws IOException {
    for (int f = 1; f <= 5; f++) {
      Files.write(dir.resolve("data_batch_" + f + ".bin"), cifar(1, 4, f));
    }
    Files.write(dir.resolve("test_batch.bin"), cifar(1, 3, 9));

    try (Dataset train = Datasets.open(dir, Split.TRAIN);
        Dataset test = Datasets.open(dir, Split.TEST)) {
      assertThat(train.size()).isEqualTo(20);
      assertThat(train.classes()).hasSize(10).contains("airplane");
      assertThat(train.name(5)).isEqualTo("data_batch_2.bin#1");
      assertThat(train.label(5)).isEqualTo(3);
      assertThat(train.image(5).pixel(2, 0)).isEqualTo(0x020a14);
      assertThat(test.size()).isEqualTo(3);
    }
    Files.write(dir.resolve("test_batch.bin"), new byte[100]);
    refused(dir, Split.TEST, "test_batch.bin", "multiple of 3073");
  }

  @Test
  void cifar100UsesTheFineLabel() throws IOException {
    Files.write(dir.resolve("train.bin"), cifar(2, 2, 40));
    Files.writeString(
        dir.resolve("fine_label_names.txt"),
        String.join("\n", IntStream.range(0, 100).mapToObj(i -> "c" + i).toList()));

    try (Dataset train = Datasets.open(dir, Split.TRAIN)) {
      assertThat(train.label(1)).isEqualTo(41);
      assertThat(train.classes()).hasSize(100);
    }
  }

  /**
   * Records whose label is {@code first + i} and whose pixels are x, x + 8, x + 18 in red, green,
   * blue.
   */
  private static byte[] cifar(int labelBytes, int count, int first) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      out.write(labelBytes == 2 ? 7 : (first + i) % 10);
      if (labelBytes == 2) {
        out.write(first + i);
      }
      for (int add : new int[] {0, 8, 18}) {
        IntStream.range(0, 1024).forEach(p -> out.write(p % 32 + add));
      }
    }
    return out.toByteArray();
  }

  @Test
  void idxFilesAreReadPlainAndGzipped() throws IOException {
    idx("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 12, false);
    idx("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 4, true);

    try (Dataset train = Datasets.open(dir, Split.TRAIN);
        Dataset test = Datasets.open(dir, Split.VAL)) {
      assertThat(train.size()).isEqualTo(12);
      assertThat(train.classes()).containsExactly("0", "1", "2");
      assertThat(train.image(1).pixel(2, 1)).isEqualTo(0x131313);
      assertThat(train.label(5)).isEqualTo(2);
      assertThat(test.size()).isEqualTo(4);
      assertThat(test.fingerprint()).isNotEqualTo(train.fingerprint());
    }
    byte[] whole = Files.readAllBytes(dir.resolve("train-images-idx3-ubyte"));
    Files.write(dir.resolve("train-images-idx3-ubyte"), java.util.Arrays.copyOf(whole, 50));
    refused(dir, Split.TRAIN, "train-images", "header claims");
  }

  private void idx(String images, String labels, int count, boolean gzip) throws IOException {
    try (DataOutputStream i = out(images, gzip);
        DataOutputStream l = out(labels, gzip)) {
      i.writeInt(0x803);
      i.writeInt(count);
      i.writeInt(2);
      i.writeInt(3);
      l.writeInt(0x801);
      l.writeInt(count);
      for (int n = 0; n < count; n++) {
        for (int p = 0; p < 6; p++) {
          i.write(14 * n + p);
        }
        l.write(n % 3);
      }
    }
  }

  private DataOutputStream out(String name, boolean gzip) throws IOException {
    OutputStream raw = Files.newOutputStream(dir.resolve(name));
    return new DataOutputStream(gzip ? new GZIPOutputStream(raw) : raw);
  }

  @Test
  void aHeaderThatLiesAboutTheCountTakesNoMemory() throws IOException {
    try (DataOutputStream i = out("train-images-idx3-ubyte", false);
        DataOutputStream l = out("train-labels-idx1-ubyte", false)) {
      for (int v : List.of(0x803, Integer.MAX_VALUE, 28, 28)) {
        i.writeInt(v);
      }
      l.writeInt(0x801);
    }
    refused(dir, Split.TRAIN, "claims 2147483647 images");
  }
}
