package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.loader.Shuffling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run shuffles as its configuration says, and goes on so. */
class ShuffleSettingTest {
  private static final String KEY = "data.shuffle";
  private static final String SHARDS = "shards(images=32)";

  @TempDir private Path folder;

  private static String without(String config) {
    return config.replaceAll(",?\\s*\"shuffle\"\\s*:\\s*\"[^\"]+\"", "");
  }

  @Test
  void theSettingIsWrittenAndReadAndAnUnknownOneRefused() {
    RunConfig config = RunConfig.named("cifar-resnet").with(KEY, "within-shards");
    assertThat(config.data().shuffle()).isEqualTo(new Shuffling.WithinShards(1024));
    assertThat(config.settings()).containsEntry(KEY, "within-shards(images=1024)");
    assertThat(RunConfig.parse(config.toJson(), "here")).isEqualTo(config);
    assertThatThrownBy(() -> config.with(KEY, "well"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(KEY)
        .hasMessageContaining("within-shards");
  }

  @Test
  void anInterruptedRunEndsWithTheSameModelAndOthersShuffleOtherwise() throws IOException {
    Path whole = folder.resolve("whole");
    Path usual = folder.resolve("usual");
    Path stopped = folder.resolve("stopped");
    TinyRun.run(TinyRun.in(whole).with(KEY, SHARDS));
    TinyRun.run(TinyRun.in(usual));
    TinyRun.runUntil(TinyRun.in(stopped).with(KEY, SHARDS), 13);
    TinyRun.run(TinyRun.resumed(stopped));
    assertThat(TinyRun.rows(stopped)).isEqualTo(TinyRun.rows(whole));
    assertThat(TinyRun.rows(usual)).isNotEqualTo(TinyRun.rows(whole));
  }

  @Test
  void aRunOfAVersionWithoutTheSettingGoesOnWithAllImagesShuffled() throws IOException {
    TinyRun.runUntil(TinyRun.in(folder), 7);
    RunFolder run = new RunFolder(folder);
    Files.writeString(run.config(), without(Files.readString(run.config())));
    TinyRun.rewrite(run.state(), ShuffleSettingTest::without);
    assertThat(Files.readString(run.config())).doesNotContain("shuffle");

    RunConfig resumed = TinyRun.resumed(folder);

    assertThat(resumed.data().shuffle()).isEqualTo(new Shuffling.Images());
    TinyRun.run(resumed);
  }
}
