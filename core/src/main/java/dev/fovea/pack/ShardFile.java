package dev.fovea.pack;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.HexFormat;

/**
 * A shard while it is written: a tar archive under a temporary name, which gets its own when it is
 * complete and on the disk. Closing it before removes it. Used by one thread.
 */
public final class ShardFile implements AutoCloseable {
  private static final int BUFFER = 1 << 20;

  private final Path file;
  private final Path temporary;
  private final FileChannel channel;
  private final DigestOutputStream out;
  private long size;
  private int images;

  ShardFile(Path file) throws IOException {
    this(file, "");
  }

  /**
   * Begins a shard.
   *
   * @param attempt tells its temporary file from those of others that write the same shard
   * @throws IOException if the folder cannot be written to
   */
  public ShardFile(Path file, String attempt) throws IOException {
    this.file = file;
    this.temporary = temporary(file, attempt);
    Files.deleteIfExists(temporary);
    channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    OutputStream buffered = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    out = new DigestOutputStream(buffered, Checksums.sha256());
  }

  private static Path temporary(Path file, String attempt) {
    return file.resolveSibling("." + file.getFileName() + attempt + ".tmp");
  }

  /** Whether a sample fits into {@code most} bytes; the first always does. */
  boolean hasRoom(PackedPicture picture, int label, long most) {
    long sample = TarHeader.space(picture.file().length) + TarHeader.space(digits(label).length);
    return images == 0 || size + sample + 2 * TarHeader.BLOCK <= most;
  }

  /** Appends a picture and its class number. */
  void add(String key, PackedPicture picture, int label) throws IOException {
    add(key + "." + picture.suffix(), picture.file());
    add(key + ".cls", digits(label));
    images++;
  }

  private static byte[] digits(int label) {
    return Integer.toString(label).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Appends a member.
   *
   * @param name at most 99 characters in ASCII
   */
  public void add(String name, byte[] content) throws IOException {
    write(TarHeader.of(name, content.length));
    write(content);
    write(new byte[(int) (TarHeader.space(content.length) - TarHeader.BLOCK - content.length)]);
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    size += bytes.length;
  }

  int images() {
    return images;
  }

  /** Ends the archive and gives it its name; returns its SHA-256. */
  public String finish() throws IOException {
    write(new byte[2 * TarHeader.BLOCK]);
    out.flush();
    channel.force(true);
    channel.close();
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return HexFormat.of().formatHex(out.getMessageDigest().digest());
  }

  /** The bytes written. */
  public long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
  }
}
