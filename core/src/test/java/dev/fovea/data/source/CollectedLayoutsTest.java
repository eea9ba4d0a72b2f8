package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.inspect.DataCheck;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Collected archives that were once misread, each with its right answer. */
@Tag("shared")
class CollectedLayoutsTest {
  private static final DatasetOptions STREAMED = DatasetOptions.STANDARD.withMemoryBytes(0);

  @TempDir Path dir;

  private static Path file(String name) {
    return Path.of(System.getProperty("fovea.shared"), "cases", name);
  }

  private Path unpacked(String name) throws IOException {
    try (ZipFile zip = ZipFile.builder().setPath(file(name)).get()) {
      for (ZipArchiveEntry e : (Iterable<ZipArchiveEntry>) () -> zip.getEntries().asIterator()) {
        if (!e.isDirectory()) {
          try (InputStream in = zip.getInputStream(e)) {
            TestImages.put(dir, e.getName(), in.readAllBytes());
          }
        }
      }
    }
    return dir;
  }

  private void holds(Path path, Split split, int images, String... classes) {
    try (Dataset set = Datasets.open(path, split, STREAMED)) {
      assertThat(set.size()).isEqualTo(images);
      assertThat(set.classes()).containsExactly(classes);
      IntStream.range(0, images).forEach(i -> assertThat(set.image(i).width()).isPositive());
    }
  }

  @Test
  void namesBeyondAsciiAreRead() throws IOException {
    holds(file("unicode-names.zip"), Split.ALL, 12, "kočka", "pes");
    holds(unpacked("unicode-names.zip"), Split.ALL, 12, "kočka", "pes");
  }

  @Test
  void testingBesideTrainingIsASplit() throws IOException {
    holds(file("training-testing.zip"), Split.TRAIN, 8, "a", "b");
    holds(file("training-testing.zip"), Split.TEST, 8, "a", "b");
    holds(unpacked("training-testing.zip"), Split.TEST, 8, "a", "b");
  }

  @Test
  void aClassMayBeCalledTrain() throws IOException {
    holds(file("class-named-train.zip"), Split.ALL, 12, "car", "plane", "train");
    holds(unpacked("class-named-train.zip"), Split.ALL, 12, "car", "plane", "train");
  }

  @Test
  void whatStorageLeavesBehindIsNoClass() throws IOException {
    holds(file("eaDir.zip"), Split.ALL, 8, "a", "b");
    holds(unpacked("eaDir.zip"), Split.ALL, 8, "a", "b");
  }

  @Test
  void everyIgnoredFileIsNamedWithItsReason() throws IOException {
    for (Path path : List.of(file("ignored-formats.zip"), unpacked("ignored-formats.zip"))) {
      DataCheck check = DataCheck.of(path.toString(), DatasetOptions.STANDARD);
      List<String> read =
          List.of(".tif", ".ppm").stream().filter(ImageFormat::isImageName).toList();
      assertThat(check.ignored()).hasSize(5 - read.size());
      assertThat(check.ignored())
          .extracting(IgnoredFile::toString)
          .contains(
              "a/3.avif: an image of an unsupported format (AVIF); convert it to JPEG or PNG to"
                  + " use it",
              "a/noext: an image by its content (PNG); rename it to end in .png",
              "a/6.jpg_large: an image by its content (JPEG); rename it to end in .jpg");
    }
  }
}
