package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFilesTest {
  @TempDir private Path folder;

  @Test
  void filesComeInTheOrderOfTheirNumbersWhateverTheirClass() throws IOException {
    for (String name : new String[] {"b/0000.jpg", "a/0001.jpg", "b/0002.jpg"}) {
      Path file = folder.resolve("inet").resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
    PictureFiles files = new PictureFiles(folder);
    assertThat(files.of("inet", 2))
        .extracting(f -> f.getFileName().toString())
        .containsExactly("0000.jpg", "0001.jpg");
    assertThat(files.encoded("inet"))
        .extracting(String::new)
        .containsExactly("b/0000.jpg", "a/0001.jpg", "b/0002.jpg");
    assertThatThrownBy(() -> files.of("inet", 4))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("has 3 files, expected at least 4");
  }

  @Test
  void aMissingKindSaysHowToMakeTheFiles() {
    assertThatThrownBy(() -> new PictureFiles(folder).of("phone"))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("make_pictures.py imagenette-mini.zip " + folder);
  }
}
