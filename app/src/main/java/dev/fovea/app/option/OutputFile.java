package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that a command is to make, which nobody's work may be lost for. */
public final class OutputFile {
  private OutputFile() {}

  /**
   * Checks before anything is computed that the file can be made. A device such as /dev/stdout may
   * be written to.
   *
   * @throws UsageException if there is a file or folder already, or no folder for it
   */
  public static void check(String option, Path file) {
    if (Files.isRegularFile(file) || Files.isDirectory(file)) {
      throw new UsageException(option + ": " + file + " already exists; choose another name");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new UsageException(option + ": there is no folder " + folder + "; make it first");
    }
  }
}
