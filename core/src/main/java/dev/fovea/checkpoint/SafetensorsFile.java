package dev.fovea.checkpoint;

import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;

/**
 * A safetensors file open for reading; its header is read at opening, tensor values on demand.
 *
 * <p>The file is not trusted: header length, JSON, shapes, offsets, overlaps and gaps are checked
 * before memory is allocated for them, and every fault is reported as a {@link
 * CheckpointException}. The caller that opens the file closes it. Not thread-safe. Source: README
 * and {@code tensor.rs} of huggingface/safetensors.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final byte[] headerBytes;
  private final SafetensorsHeader header;

  private SafetensorsFile(
      Path path, FileChannel channel, byte[] headerBytes, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.headerBytes = headerBytes;
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws CheckpointException if it cannot be read or violates the format
   */
  public static SafetensorsFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw CheckpointException.of(path, "is a folder; expected a .safetensors file");
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      // Opening a pipe waits for a writer.
      throw CheckpointException.of(
          path,
          "is a named pipe, a socket or a device, which is never opened; give the path of a"
              + " .safetensors file");
    }
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw CheckpointException.of(path, "does not exist; give the path of a .safetensors file", e);
    } catch (IOException e) {
      throw CheckpointException.of(
          path, "cannot be read (" + IoReason.of(e) + "); check its permissions", e);
    }
    boolean opened = false;
    try {
      byte[] bytes = readHeader(path, channel);
      SafetensorsHeader header =
          SafetensorsHeader.parse(decode(path, bytes), channel.size() - 8 - bytes.length);
      opened = true;
      return new SafetensorsFile(path, channel, bytes, header);
    } catch (SafetensorsHeader.Refused e) {
      throw CheckpointException.of(
          path, e.getMessage() + "; the file is damaged or not a safetensors file", e);
    } catch (IOException e) {
      throw CheckpointException.of(path, "cannot be read: " + e.getMessage(), e);
    } finally {
      if (!opened) {
        closeQuietly(channel);
      }
    }
  }

  private static byte[] readHeader(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 10) {
      throw CheckpointException.of(
          path, "is truncated or not a safetensors file: only " + size + " bytes");
    }
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    fill(path, channel, length, 0);
    long n = length.getLong(0);
    boolean torch = (n & 0xffffffffL) == 0x04034b50L || (n & 255) == 0x80 && (n >>> 8 & 255) < 6;
    if (torch && n > SafetensorsHeader.MAX_BYTES) {
      throw CheckpointException.of(
          path, "was written by PyTorch's torch.save and is not a Fovea model; import it first");
    }
    if (path.toString().toLowerCase(Locale.ROOT).endsWith(".onnx")) {
      throw CheckpointException.of(path, "is an ONNX model, not a Fovea model; import it first");
    }
    if (n < 2 || n > SafetensorsHeader.MAX_BYTES) {
      throw CheckpointException.of(
          path,
          "is not a safetensors file: its header would have "
              + Long.toUnsignedString(n)
              + " bytes, expected 2 to "
              + SafetensorsHeader.MAX_BYTES);
    }
    if (n > size - 8) {
      throw CheckpointException.of(
          path,
          "is truncated or not a safetensors file: its header has "
              + n
              + " bytes, the file "
              + size);
    }
    ByteBuffer header = ByteBuffer.allocate((int) n);
    fill(path, channel, header, 8);
    if (header.get(0) != '{') {
      throw CheckpointException.of(
          path, "is not a safetensors file: its header does not start with '{'");
    }
    return header.array();
  }

  private static String decode(Path path, byte[] header) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
    } catch (CharacterCodingException e) {
      throw CheckpointException.of(
          path, "its header is not UTF-8 text; the file is damaged or not a safetensors file", e);
    }
  }

  /** The path of the file. */
  public Path path() {
    return path;
  }

  /** The entries of {@code __metadata__}; empty if there are none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /** The tensors by name, in the order of the header. */
  public Map<String, TensorEntry> entries() {
    return Collections.unmodifiableMap(header.entries());
  }

  /**
   * Reads a tensor's values in row-major order; F64 values are rounded to the nearest binary32.
   *
   * @throws CheckpointException if there is no such tensor or its type is not floating-point
   */
  public float[] floats(String name) {
    TensorEntry entry = entry(name);
    if (!entry.type().isFloat()) {
      throw CheckpointException.of(
          path,
          "tensor '" + name + "' holds " + entry.type() + ", expected floating-point numbers");
    }
    ByteBuffer data = bytes(name);
    float[] values = new float[(int) entry.elements()];
    if (entry.type() == ElementType.F32) {
      data.asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = entry.type().floatAt(data, i);
    }
    return values;
  }

  /**
   * Reads a tensor's bytes, little-endian and row-major.
   *
   * @throws CheckpointException if there is no such tensor or it has 2 GiB or more
   */
  public ByteBuffer bytes(String name) {
    TensorEntry entry = entry(name);
    long n = entry.end() - entry.begin();
    if (n > Integer.MAX_VALUE - 16) {
      throw CheckpointException.of(
          path, "tensor '" + name + "' has " + n + " bytes; at most 2 GiB can be read at once");
    }
    ByteBuffer data = ByteBuffer.allocate((int) n).order(ByteOrder.LITTLE_ENDIAN);
    try {
      fill(path, channel, data, dataStart() + entry.begin());
    } catch (IOException e) {
      throw CheckpointException.of(path, "cannot be read: " + e.getMessage(), e);
    }
    return data.rewind();
  }

  private TensorEntry entry(String name) {
    TensorEntry entry = header.entries().get(name);
    if (entry == null) {
      throw CheckpointException.of(
          path, "has no tensor '" + name + "'; it has " + header.entries().size() + " others");
    }
    return entry;
  }

  /**
   * Verifies the checksum in the metadata against the file.
   *
   * @throws CheckpointException if there is no checksum or it does not match
   */
  public void verify() {
    String stated = checksum();
    try {
      String found = Checksum.of(headerBytes, stated, channel, dataStart());
      if (!found.equals(stated)) {
        throw CheckpointException.of(
            path,
            "was altered or damaged after it was written: checksum "
                + found
                + ", expected "
                + stated
                + "; use another copy");
      }
    } catch (IOException e) {
      throw CheckpointException.of(path, "cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the SHA-256 of names, shapes, metadata and values that a file of Fovea states of
   * itself; {@link #verify} compares it with the file.
   *
   * @throws CheckpointException if there is none
   */
  public String checksum() {
    String stated = header.metadata().get(Checksum.KEY);
    if (stated == null) {
      throw CheckpointException.of(
          path, "has no checksum, so it was not written by Fovea; import it first");
    }
    return stated;
  }

  private long dataStart() {
    return 8L + headerBytes.length;
  }

  private static void fill(Path path, FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = channel.read(target, at);
      if (n < 0) {
        throw CheckpointException.of(path, "is truncated: it ends at byte " + at);
      }
      at += n;
    }
  }

  /** Closes the file; closing again has no effect. */
  @Override
  public void close() {
    closeQuietly(channel);
  }

  // Nothing was written, so a failed close loses nothing.
  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      return;
    }
  }
}
