package dev.fovea.server.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * By what one sees that a file was replaced or written to.
 *
 * @param key says which file it is where the file system has such a thing (inode)
 */
record FileStamp(long size, FileTime modified, @Nullable Object key) {
  /** That of a file, or of the one that a link leads to; empty if there is none. */
  static Optional<FileStamp> of(Path file) {
    try {
      BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(new FileStamp(seen.size(), seen.lastModifiedTime(), seen.fileKey()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
