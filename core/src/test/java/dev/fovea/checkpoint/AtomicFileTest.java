package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @Test
  void aDiskThatFillsUpLeavesTheOldFileAndNothingElse(@TempDir Path temp) throws IOException {
    Path file = Files.writeString(temp.resolve("model"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    1000,
                    channel -> {
                      channel.write(ByteBuffer.allocate(500));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model")
        .hasMessageContaining("disk is full")
        .hasMessageContaining("1000 bytes");
    assertThat(file).hasContent("old");
    assertThat(temp.toFile().listFiles()).containsExactly(file.toFile());
  }

  @Test
  void tooLittleSpaceIsNoticedBeforeWriting(@TempDir Path temp) throws IOException {
    Path file = Files.writeString(temp.resolve("model"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    1000,
                    channel -> {
                      throw new IOException("must not be called");
                    },
                    folder -> 999))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("It needs 1000 bytes, 999 are free");
    assertThat(file).hasContent("old");
  }

  @Test
  void aFailureOfTheContentIsPassedOn(@TempDir Path temp) throws IOException {
    Path file = Files.writeString(temp.resolve("model"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    1,
                    channel -> {
                      throw new IllegalStateException("closed");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(temp.toFile().listFiles()).containsExactly(file.toFile());
  }

  @Test
  void whatAKilledWriterLeftIsReplaced(@TempDir Path temp) throws IOException {
    Path file = temp.resolve("model");
    Files.writeString(temp.resolve(".model.tmp"), "half");
    AtomicFile.write(
        file,
        3,
        channel -> channel.write(ByteBuffer.wrap("new".getBytes(StandardCharsets.US_ASCII))));
    assertThat(file).hasContent("new");
    assertThat(temp.toFile().listFiles()).containsExactly(file.toFile());
  }

  @Test
  void aMissingFolderNamesTheFile(@TempDir Path temp) {
    Path file = temp.resolve("none/model");
    assertThatThrownBy(() -> AtomicFile.write(file, 1, channel -> {}))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString());
  }

  /** Writes 100,000 floats to the path given; run in a process whose files must stay smaller. */
  public static final class Writer {
    private Writer() {}

    /** Ends with status 3 if the file was refused as it should be. */
    public static void main(String[] args) {
      try {
        new SafetensorsWriter()
            .floats("w", new int[] {100_000}, () -> new float[100_000])
            .write(Path.of(args[0]));
      } catch (CheckpointException e) {
        System.out.println(e.getMessage());
        System.exit(3);
      }
    }
  }

  @Test
  void aWriteThatTheSystemCutsShortLeavesTheOldFile(@TempDir Path temp) throws Exception {
    Path file = Files.writeString(temp.resolve("model"), "old");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process limited =
        new ProcessBuilder(
                List.of(
                    "sh",
                    "-c",
                    "ulimit -f 100; exec \"$@\"",
                    "sh",
                    java,
                    "-XX:-UsePerfData",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Writer.class.getName(),
                    file.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(limited.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(limited.waitFor()).as(output).isEqualTo(3);
    assertThat(output).contains("model: cannot be written").contains("bytes");
    assertThat(file).hasContent("old");
    assertThat(temp.toFile().listFiles()).containsExactly(file.toFile());
  }

  @Test
  void textIsWrittenInUtf8AndFoldersAreDeletedWithoutFollowingLinks(@TempDir Path temp)
      throws IOException {
    Path inside = Files.createDirectories(temp.resolve("gone/deep/deeper")).resolve("a.txt");
    AtomicFile.write(inside, "Größe ≥ 1");
    assertThat(Files.readAllBytes(inside)).isEqualTo("Größe ≥ 1".getBytes(StandardCharsets.UTF_8));
    Path kept = Files.createDirectories(temp.resolve("kept"));
    AtomicFile.write(kept.resolve("b.txt"), "stays");
    Files.createSymbolicLink(temp.resolve("gone/link"), kept);
    Folders.delete(temp.resolve("gone"));
    assertThat(temp.resolve("gone")).doesNotExist();
    assertThat(kept.resolve("b.txt")).hasContent("stays");
    Folders.delete(temp.resolve("gone"));
  }
}
