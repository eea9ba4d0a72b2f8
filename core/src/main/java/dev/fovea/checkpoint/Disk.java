package dev.fovea.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@link AtomicFile} asks of the disk; a seam so that tests can fill it. */
@FunctionalInterface
interface Disk {
  /** The disk as it is. */
  Disk REAL = folder -> Files.getFileStore(folder).getUsableSpace();

  /** Bytes that can still be written in a folder. */
  long usableBytes(Path folder) throws IOException;
}
