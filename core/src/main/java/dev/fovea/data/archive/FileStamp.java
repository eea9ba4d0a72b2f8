package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Size and modification time of a file when it was opened. */
record FileStamp(Path file, long size, long modified) {
  static FileStamp of(Path file) throws IOException {
    return new FileStamp(file, Files.size(file), Files.getLastModifiedTime(file).toMillis());
  }

  /** Throws a {@link DataException} if the file has changed since. */
  void verify() {
    try {
      if (equals(of(file))) {
        return;
      }
    } catch (IOException e) {
      throw new DataException(
          file
              + " disappeared while it was in use ("
              + IoReason.of(e)
              + "); expected the data to stay unchanged; restore it",
          e);
    }
    throw new DataException(
        file
            + " changed while it was in use; expected the data to stay unchanged; start again with"
            + " a copy that nothing writes to");
  }
}
