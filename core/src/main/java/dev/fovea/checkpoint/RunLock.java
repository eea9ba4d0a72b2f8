package dev.fovea.checkpoint;

import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on the folder of a run or a pack: only one process may write to it.
 *
 * <p>It is an operating-system lock on the file {@code .lock}, which also contains the holder's
 * process id. The lock is released when the process ends, even if it is killed. The file itself
 * stays: if it were removed, two processes could lock two different files of the same name.
 */
public final class RunLock implements AutoCloseable {
  private static final int HEAD = 64;
  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /** {@link #take(Path, String)} for the folder of a run. */
  public static RunLock take(Path folder) {
    return take(folder, "choose another run folder (output.folder)");
  }

  /**
   * Locks a folder, which must exist.
   *
   * @param otherwise what to do if it cannot be had, for messages
   * @throws CheckpointException if another process holds the lock, naming that process, or the
   *     folder cannot be written
   */
  public static RunLock take(Path folder, String otherwise) {
    Path file = folder.resolve(".lock");
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw CheckpointException.of(
          folder, "cannot be written to (" + IoReason.of(e) + "); " + otherwise, e);
    }
    try {
      if (lock(channel) == null) {
        String holder = Files.readString(file, StandardCharsets.US_ASCII).strip();
        channel.close();
        throw CheckpointException.of(
            folder,
            "is in use by process "
                + (holder.isEmpty() ? "(unknown)" : holder)
                + "; wait for it, stop it, or "
                + otherwise);
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
          0);
      return new RunLock(channel);
    } catch (IOException e) {
      throw CheckpointException.of(
          folder, "cannot be locked: " + IoReason.of(e) + "; " + otherwise, e);
    }
  }

  // Locks a range after the text, because a lock on Windows also prevents reading.
  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(HEAD, 1, false);
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Releases the lock; closing again has no effect. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(
          "the lock of a folder could not be released: " + e.getMessage(), e);
    }
  }
}
