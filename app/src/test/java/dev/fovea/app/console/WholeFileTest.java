package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path temp;

  @Test
  void aMissingFolderIsNamedAndNotTheFileBeside() {
    Path folder = temp.resolve("missing");
    assertThatThrownBy(() -> WholeFile.write(folder.resolve("list.tsv"), "x"))
        .satisfies(
            e ->
                assertThat(ErrorLine.of(e, Set.of()))
                    .isEqualTo(folder + ": no such file or folder; check the path"));
  }

  @Test
  void aFileIsReplacedAndNothingIsLeftBeside() throws IOException {
    Path file = temp.resolve("list.tsv");
    WholeFile.write(file, "old");
    WholeFile.write(file, "new");
    assertThat(Files.readString(file)).isEqualTo("new");
    try (Stream<Path> all = Files.list(temp)) {
      assertThat(all).containsExactly(file);
    }
  }
}
