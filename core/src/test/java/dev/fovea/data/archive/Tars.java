package dev.fovea.data.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Makes tar archives for tests, member by member. */
public final class Tars implements AutoCloseable {
  private final TarArchiveOutputStream out;

  private Tars(OutputStream to) {
    out = new TarArchiveOutputStream(to, "UTF-8");
    out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  /** An archive in a file, whose folders are made. */
  public static Tars file(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    return new Tars(Files.newOutputStream(file));
  }

  /** An archive in memory. */
  public static Tars memory(ByteArrayOutputStream to) {
    return new Tars(to);
  }

  /** Adds a file. */
  public Tars add(String path, byte[] content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path);
    entry.setSize(content.length);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
    return this;
  }

  /** Adds a text file. */
  public Tars add(String path, String content) throws IOException {
    return add(path, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a member of another kind, without content. */
  public Tars addKind(String path, byte kind, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, kind);
    entry.setLinkName(target);
    out.putArchiveEntry(entry);
    out.closeArchiveEntry();
    return this;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
