package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The files of a pack beside its shards. */
public final class PackFiles {
  /** What the pack was made of and how; written last. */
  public static final String RECORD = "pack.json";

  /** Stands in place of {@link #RECORD} until the pack is whole. */
  public static final String UNFINISHED = "pack-unfinished.json";

  /** The class names, one a line. */
  public static final String CLASSES = "classes.txt";

  private PackFiles() {}

  /**
   * Checks that a folder is not a pack in the making.
   *
   * @throws DataException if it is
   */
  static void checkFinished(Path folder) {
    if (has(folder, UNFINISHED) && !has(folder, RECORD)) {
      throw new DataException(
          folder
              + " is a pack that is not finished, or is being made ("
              + UNFINISHED
              + "); expected "
              + RECORD
              + ", which is written last; pack again with the same settings to go on, or open"
              + " another data set");
    }
  }

  private static boolean has(Path folder, String name) {
    return Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }
}
