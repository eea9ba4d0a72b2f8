package dev.fovea.data.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageIndexFileTest {
  private static final int IMAGES = ImageIndexFile.LEAST_IMAGES;

  @TempDir Path dir;

  @BeforeEach
  @AfterEach
  void keepNowhereElse() {
    ImageIndexFile.keepElsewhere(dir.resolve("elsewhere"));
  }

  private Path shard(String name, int images) throws IOException {
    Path file = dir.resolve("data/" + name);
    try (Tars tar = Tars.file(file)) {
      for (int i = 0; i < images; i++) {
        tar.add(i + ".png", "x".repeat(i % 7)).add(i + ".cls", "label " + i % 3);
      }
      tar.add("orphan.cls", "1");
    }
    return file;
  }

  private ImageIndex open(Path... files) {
    try (TarShards shards = TarShards.open("test", List.of(files), Optional.empty(), 2)) {
      return shards.index();
    }
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files
          .filter(f -> f.toString().endsWith(".index") || f.toString().endsWith(".part"))
          .toList();
    }
  }

  private static List<String> content(ImageIndex index) {
    return IntStream.range(0, index.size())
        .mapToObj(
            i ->
                index.name(i)
                    + " "
                    + index.bytes(i)
                    + " "
                    + index.offset(i)
                    + " "
                    + index.labels().get(index.label(i)))
        .toList();
  }

  @Test
  void theIndexOfALargeSetIsKeptAndUsedWhileNothingChanges() throws IOException {
    Path a = shard("a.tar", IMAGES);
    Path b = shard("b.tar", 5);
    ImageIndex made = open(a, b);
    assertThat(kept()).hasSize(1);
    assertThat(kept().get(0).getParent()).isEqualTo(dir.resolve("data"));
    assertThat(kept().get(0).getFileName().toString()).startsWith(".");

    // An archive of the same size and time is not read: the index answers.
    FileTime time = Files.getLastModifiedTime(a);
    Files.write(a, new byte[(int) Files.size(a)]);
    Files.setLastModifiedTime(a, time);
    ImageIndex opened = open(a, b);
    assertThat(content(opened)).isEqualTo(content(made));
    assertThat(opened.labels()).isEqualTo(made.labels());
    assertThat(opened.ignored()).isEqualTo(made.ignored()).hasSize(2);
    assertThat(opened.hash(0)).isEqualTo(made.hash(0)).isNotEqualTo(opened.hash(1));
  }

  @Test
  void aChangeOfSizeOrTimeMakesItAgain() throws IOException {
    Path a = shard("a.tar", IMAGES);
    open(a);
    shard("a.tar", IMAGES + 1);
    assertThat(open(a).size()).isEqualTo(IMAGES + 1);
    byte[] kept = Files.readAllBytes(kept().get(0));
    Files.setLastModifiedTime(a, FileTime.fromMillis(1_000_000));
    open(a);
    assertThat(Files.readAllBytes(kept().get(0))).isNotEqualTo(kept);
    assertThat(kept()).hasSize(1);
  }

  @Test
  void aSmallSetLeavesNoFile() throws IOException {
    open(shard("a.tar", 20));
    assertThat(kept()).isEmpty();
  }

  @Test
  void aDamagedIndexIsMadeAgain() throws IOException {
    Path a = shard("a.tar", IMAGES);
    List<String> made = content(open(a));
    Path file = kept().get(0);
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(1);
    for (int round = 0; round < 40; round++) {
      byte[] bad = good.clone();
      bad[random.nextInt(round % 2 == 0 ? 60 : bad.length)] ^= (byte) (1 + random.nextInt(255));
      Files.write(file, bad);
      assertThat(open(a).size()).isEqualTo(IMAGES);
    }
    for (int length : new int[] {0, 3, 8, 30, good.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(good, length));
      assertThat(content(open(a))).isEqualTo(made);
      assertThat(Files.readAllBytes(file)).isEqualTo(good);
    }
  }

  @Test
  void anotherFieldOrOtherArchivesHaveAnIndexOfTheirOwn() throws IOException {
    Path a = shard("a.tar", IMAGES);
    open(a);
    try (TarShards shards = TarShards.open("test", List.of(a), Optional.of("x"), 1)) {
      assertThat(shards.index().labels()).isEmpty();
    }
    open(a, shard("b.tar", 1));
    assertThat(kept()).hasSize(3);
    assertThat(open(a).labels()).containsExactly("label 0", "label 1", "label 2");
  }

  @Test
  void whereNothingCanBeWrittenItIsKeptElsewhere() throws IOException {
    Path a = shard("a.tar", IMAGES);
    // A folder in its place cannot be replaced by a file, whoever runs this.
    open(a);
    Path file = kept().get(0);
    Files.delete(file);
    Files.createDirectories(file.resolve("x"));
    open(a);
    assertThat(kept())
        .filteredOn(Files::isRegularFile)
        .singleElement()
        .extracting(Path::getParent)
        .isEqualTo(dir.resolve("elsewhere"));
  }

  @Test
  void namesAreFoundAgainWhateverTheyShare() {
    PackedNames.Builder builder = new PackedNames.Builder();
    Random random = new Random(2);
    List<String> names =
        IntStream.range(0, 1000)
            .mapToObj(
                i ->
                    "n".repeat(random.nextInt(i % 50 == 0 ? 40_000 : 300))
                        + (random.nextBoolean() ? "č" : "")
                        + random.nextInt(3))
            .toList();
    names.forEach(n -> builder.add(n.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    PackedNames packed = builder.build();
    assertThat(IntStream.range(0, packed.size()).mapToObj(packed::get)).isEqualTo(names);
  }
}
