package dev.fovea.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The free space of a disk, as {@link AtomicFile} checks it; an interface so that tests can
 * simulate a full disk.
 */
@FunctionalInterface
interface Disk {
  /** The actual disk. */
  Disk REAL = folder -> Files.getFileStore(folder).getUsableSpace();

  /** Bytes that can still be written in a folder. */
  long usableBytes(Path folder) throws IOException;
}
