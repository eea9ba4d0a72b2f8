package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnlabeledImagesTest {
  @TempDir Path dir;

  private static List<String> names(UnlabeledImages images) {
    return IntStream.range(0, images.size()).mapToObj(images::name).toList();
  }

  private Path zip(String name, String... members) throws IOException {
    Path file = dir.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String m : members) {
        out.putNextEntry(new ZipEntry(m));
        out.write(TestImages.png(4, 4, m.hashCode()));
      }
    }
    return file;
  }

  @Test
  void theOrderIsThatOfThePathsAndByNameWithinThem() throws IOException {
    Path tree = dir.resolve("tree");
    for (String f : List.of("b/2.png", "a.png", "b/1.png", ".hidden.png", "notes.txt")) {
      TestImages.put(tree, f, TestImages.png(3, 2, 1));
    }
    Path odd = TestImages.put(dir, "no-suffix", TestImages.png(5, 2, 1));
    Path zip = zip("z.zip", "t/9.png", "t/8.png", "t/readme");
    try (UnlabeledImages p =
        UnlabeledImages.of(List.of(zip, tree, odd, tree), DecodeLimits.STANDARD)) {
      assertThat(names(p))
          .containsExactly(
              zip + "/t/8.png",
              zip + "/t/9.png",
              tree + "/a.png",
              tree + "/b/1.png",
              tree + "/b/2.png",
              odd.toString(),
              tree + "/a.png",
              tree + "/b/1.png",
              tree + "/b/2.png");
      assertThat(p.image(0).rgb())
          .isEqualTo(ImageDecoder.decode(p.encoded(0).orElseThrow(), "8").rgb());
      assertThat(p.image(5).width()).isEqualTo(5);
      assertThat(p.bytes(2)).isEqualTo(Files.size(tree.resolve("a.png")));
      assertThat(p.classes()).isEmpty();
    }
  }

  @Test
  void whatCannotBeUsedKeepsItsPlaceAndNamesItself() throws IOException {
    Path good = TestImages.put(dir, "good.png", TestImages.png(3, 2, 1));
    Path bad = TestImages.put(dir, "bad.png", "no".getBytes(StandardCharsets.UTF_8));
    Path empty = Files.createDirectory(dir.resolve("empty"));
    Path cut = TestImages.put(dir, "cut.zip", new byte[] {'P', 'K', 3, 4});
    Path sly = zip("sly.zip", "../out.png", "in.png");
    Path loops = dir.resolve("loops");
    TestImages.put(loops, "in/x.png", TestImages.png(3, 2, 1));
    Files.createSymbolicLink(loops.resolve("in/back"), loops);
    Files.createSymbolicLink(loops.resolve("gone.png"), dir.resolve("nothing"));
    Path missing = dir.resolve("missing.jpg");
    List<Path> paths = List.of(missing, good, bad, empty, cut, sly, loops, good);
    try (UnlabeledImages p = UnlabeledImages.of(paths, DecodeLimits.STANDARD)) {
      assertThat(names(p))
          .containsExactly(
              missing.toString(),
              good.toString(),
              bad.toString(),
              empty.toString(),
              cut.toString(),
              sly + "/in.png",
              sly + "/../out.png",
              loops + "/in/x.png",
              loops + "/gone.png",
              loops + "/in/back",
              good.toString());
      for (int i : new int[] {0, 2, 3, 4, 6, 8, 9}) {
        assertThatThrownBy(() -> p.image(i))
            .as(p.name(i))
            .isExactlyInstanceOf(DataException.class)
            .hasMessageContaining(p.name(i));
      }
      for (int i : new int[] {1, 5, 7, 10}) {
        assertThat(p.image(i).height()).isPositive();
      }
    }
  }

  @Test
  void aNamedFileBeyondTheLimitIsRefused() throws IOException {
    Path big = TestImages.put(dir, "big.png", TestImages.png(9, 9, 1));
    DecodeLimits limits = new DecodeLimits(100, Files.size(big) - 1, true);
    try (UnlabeledImages p = UnlabeledImages.of(List.of(big), limits)) {
      assertThatThrownBy(() -> p.image(0)).hasMessageContaining(big + ": it is longer than");
    }
  }
}
