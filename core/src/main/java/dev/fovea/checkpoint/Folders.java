package dev.fovea.checkpoint;

import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Deletes folders with their contents. */
public final class Folders {
  private Folders() {}

  /**
   * Deletes a folder and everything in it; links are deleted, not followed. Does nothing if the
   * folder does not exist.
   *
   * @throws CheckpointException if something in the folder cannot be deleted
   */
  public static void delete(Path folder) {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path p : deepestFirst) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw CheckpointException.of(
          folder, "cannot be removed (" + IoReason.of(e) + "); check its permissions", e);
    }
  }
}
