package dev.fovea.checkpoint;

import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Replaces files atomically: after a crash or power failure, either the complete old file or the
 * complete new one exists.
 *
 * <p>The content is written to a temporary file in the same folder, synced and renamed; then the
 * folder is synced. On failure the temporary file is removed and the old file stays. Two writers of
 * the same file must exclude each other, for example with {@link RunLock}.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes all content to {@code channel}, which is empty and positioned at 0. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Creates or replaces {@code file}.
   *
   * @param bytes the size of the content or an estimate, used for the free-space check and in
   *     messages
   * @throws CheckpointException if the disk is full or the folder cannot be written; the old file
   *     is then unchanged
   */
  public static void write(Path file, long bytes, Content content) {
    write(file, bytes, content, Disk.REAL);
  }

  /**
   * Creates or replaces {@code file} with {@code text} in UTF-8.
   *
   * @throws CheckpointException as {@link #write(Path, long, Content)}
   */
  public static void write(Path file, String text) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    write(
        file,
        bytes.remaining(),
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  static void write(Path file, long bytes, Content content, Disk disk) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw CheckpointException.of(file, "is not the path of a file");
    }
    Path temporary = folder.resolve("." + file.getFileName() + ".tmp");
    try {
      Files.deleteIfExists(temporary);
      long free = disk.usableBytes(folder);
      if (free < bytes) {
        throw CheckpointException.of(file, full(bytes, free));
      }
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      move(temporary, file);
    } catch (IOException e) {
      remove(temporary, e);
      throw CheckpointException.of(file, reason(e, folder, bytes, disk), e);
    } catch (RuntimeException | Error e) {
      remove(temporary, e);
      throw e;
    }
    syncFolder(folder, file);
  }

  private static void move(Path temporary, Path file) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(
          "this file system cannot replace files atomically; choose another run folder", e);
    }
  }

  private static void syncFolder(Path folder, Path file) {
    if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      // Windows cannot open a folder; its file system logs the renaming itself.
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw CheckpointException.of(
          file, "was written, but its folder could not be synced: " + IoReason.of(e), e);
    }
  }

  private static String reason(IOException e, Path folder, long bytes, Disk disk) {
    String message = IoReason.of(e);
    long free = -1;
    try {
      free = disk.usableBytes(folder);
    } catch (IOException unknown) {
      e.addSuppressed(unknown);
    }
    if (message.contains("No space left")
        || message.contains("quota")
        || (free >= 0 && free < bytes)) {
      return full(bytes, free);
    }
    return "cannot be written ("
        + message
        + "); it needs "
        + bytes
        + " bytes; an existing file of this name is unchanged. Check the folder's permissions and"
        + " free space";
  }

  private static String full(long bytes, long free) {
    return "cannot be written: the disk is full. It needs "
        + bytes
        + " bytes"
        + (free >= 0 ? ", " + free + " are free" : "")
        + "; an existing file of this name is unchanged. Free some space and run again";
  }

  private static void remove(Path temporary, Throwable why) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}
