package dev.fovea.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSourceTest {
  @TempDir private Path folder;

  @Test
  void aPathIsNamedAfterItsFileOrRunFolder() {
    assertThat(ModelSource.parse("models/resnet50.safetensors").name()).isEqualTo("resnet50");
    assertThat(ModelSource.parse("m.int8.safetensors").name()).isEqualTo("m.int8");
    assertThat(ModelSource.parse("runs/cats 2/").name()).isEqualTo("cats-2");
    assertThat(ModelSource.parse("../x/./cats").name()).isEqualTo("cats");
  }

  @Test
  void aNameMayBeGivenAndMustBeFitForUrls() throws IOException {
    assertThat(ModelSource.parse("pets=runs/1"))
        .isEqualTo(new ModelSource("pets", Path.of("runs/1")));
    Path odd = Files.write(folder.resolve("lr=0.1"), new byte[0]);
    assertThat(ModelSource.parse(odd.toString()).path()).isEqualTo(odd);
    for (String bad : new String[] {"", "a/b", "..", "-x", "a b", "é", "a".repeat(65), "a?b"}) {
      assertThatThrownBy(() -> new ModelSource(bad, Path.of("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cannot be the name of a model");
    }
    assertThatThrownBy(() -> ModelSource.parse("日本.safetensors")).hasMessageContaining("NAME=");
  }

  @Test
  void theFileOfARunFolderIsItsModel() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    assertThat(ModelSource.parse(run.toString()).file())
        .isEqualTo(run.resolve("model.safetensors"));
  }
}
