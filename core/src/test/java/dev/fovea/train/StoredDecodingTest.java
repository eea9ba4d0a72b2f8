package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Decoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run goes on with the decoding that it began with, and its model says which that was. */
class StoredDecodingTest {
  @TempDir private Path folder;

  private static Decoding stored(Path model) {
    try (ModelFile file = ModelFile.open(model)) {
      return file.card().preprocessing().decoding();
    }
  }

  private static String without(String config) {
    return config.replaceAll(",?\\s*\"decode\"\\s*:\\s*\"[a-z]+\"", "");
  }

  @ParameterizedTest
  @EnumSource(Decoding.class)
  void aResumedRunKeepsItsChoiceAndTheModelSaysIt(Decoding decoding) {
    RunConfig config = TinyRun.in(folder).with("data.decode", decoding.label());
    TinyRun.runUntil(config, 7);
    RunConfig resumed = TinyRun.resumed(folder);
    assertThat(resumed.data().decode()).isEqualTo(decoding);
    assertThat(stored(TinyRun.run(resumed).model())).isEqualTo(decoding);
  }

  @Test
  void anotherChoiceForAResumedRunIsRefusedByName() {
    TinyRun.runUntil(TinyRun.in(folder), 1);
    assertThatThrownBy(() -> TinyRun.run(TinyRun.resumed(folder).with("data.decode", "fast")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("data.decode is 'fast', was 'auto'");
  }

  @Test
  void aRunOfAVersionWithoutTheChoiceGoesOnExactly() throws IOException {
    TinyRun.runUntil(TinyRun.in(folder).with("data.decode", "exact"), 7);
    RunFolder run = new RunFolder(folder);
    Files.writeString(run.config(), without(Files.readString(run.config())));
    TinyRun.rewrite(run.state(), StoredDecodingTest::without);
    assertThat(Files.readString(run.config())).doesNotContain("decode");

    RunConfig resumed = TinyRun.resumed(folder);

    assertThat(resumed.data().decode()).isEqualTo(Decoding.EXACT);
    assertThat(stored(TinyRun.run(resumed).model())).isEqualTo(Decoding.EXACT);
  }
}
