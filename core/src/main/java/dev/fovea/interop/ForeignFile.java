package dev.fovea.interop;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.TensorEntry;
import dev.fovea.data.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a file that another program wrote: PyTorch's {@code .pt}, {@code .pth} and {@code
 * .th} in both forms, or safetensors. What it is, is seen from its content, not from its name.
 *
 * <p>The file is not trusted. Everything is checked at opening, checksums included; values are read
 * when they are asked for, so that no more than one tensor is in memory. Owned by whoever opened
 * it. Not safe for use by several threads.
 */
public final class ForeignFile implements AutoCloseable {
  /** What kinds of file there are. */
  public enum Format {
    /** {@code torch.save} since PyTorch 1.6. */
    TORCH_ZIP("PyTorch, zip form"),
    /** {@code torch.save} before. */
    TORCH_LEGACY("PyTorch, legacy stream"),
    /** safetensors. */
    SAFETENSORS("safetensors");

    private final String title;

    Format(String title) {
      this.title = title;
    }

    /** For people. */
    @Override
    public String toString() {
      return title;
    }
  }

  private static final int TAR_MAGIC_AT = 257;

  private final Path path;
  private final Format format;
  private final StateDict content;
  private final AutoCloseable file;

  private ForeignFile(Path path, Format format, StateDict content, AutoCloseable file) {
    this.path = path;
    this.format = format;
    this.content = content;
    this.file = file;
  }

  /**
   * Opens a file and checks it.
   *
   * @throws InteropException if it cannot be read, is damaged, or holds what no state dict needs
   * @throws CheckpointException if it is a safetensors file that breaks a rule
   */
  public static ForeignFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw InteropException.of(
          path, "is a folder; expected a .pt, .pth, .th or .safetensors file");
    }
    boolean opened = false;
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      Format format = format(path, channel);
      ForeignFile file =
          format == Format.SAFETENSORS ? safetensors(path) : torch(path, format, channel);
      opened = file.file == channel;
      return file;
    } catch (NoSuchFileException e) {
      throw InteropException.of(path, "does not exist; give the path of a weights file", e);
    } catch (IOException e) {
      throw InteropException.of(
          path, "cannot be read (" + IoReason.of(e) + "); check its permissions", e);
    } finally {
      if (!opened && channel != null) {
        closeQuietly(channel);
      }
    }
  }

  private static Format format(Path path, FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(TAR_MAGIC_AT + 5);
    head.limit((int) Math.min(head.capacity(), channel.size()));
    ByteReader.fill(path, channel, head, 0);
    byte[] bytes = head.array();
    if (bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == 3 && bytes[3] == 4) {
      return Format.TORCH_ZIP;
    }
    if (bytes[8] == '{') {
      return Format.SAFETENSORS;
    }
    if (bytes[0] == (byte) 0x80) {
      return Format.TORCH_LEGACY;
    }
    boolean tar =
        new String(bytes, TAR_MAGIC_AT, 5, java.nio.charset.StandardCharsets.US_ASCII)
            .equals("ustar");
    throw InteropException.of(
        path,
        tar
            ? "is a tar file, as PyTorch before 0.1.10 wrote it; save it again with a newer PyTorch"
            : "is neither a file of torch.save nor a safetensors file");
  }

  private static ForeignFile torch(Path path, Format format, FileChannel channel)
      throws IOException {
    Value value =
        format == Format.TORCH_ZIP
            ? TorchFile.readZip(path, channel)
            : TorchFile.readLegacy(path, channel);
    StateDict content = StateDict.of(path, value, new TensorReader(path, channel));
    return new ForeignFile(path, format, content, channel);
  }

  private static ForeignFile safetensors(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
    for (TensorEntry e : file.entries().values()) {
      tensors.put(
          e.name(), new ForeignTensor(e.name(), e.type(), e.shape(), () -> file.floats(e.name())));
    }
    return new ForeignFile(path, Format.SAFETENSORS, new StateDict(tensors, List.of(), ""), file);
  }

  /** Where it lies. */
  public Path path() {
    return path;
  }

  /** What it is. */
  public Format format() {
    return format;
  }

  /** Its tensors by name, in their order. */
  public Map<String, ForeignTensor> tensors() {
    return Collections.unmodifiableMap(content.tensors());
  }

  /**
   * One of its tensors.
   *
   * @throws InteropException if there is none of that name
   */
  public ForeignTensor tensor(String name) {
    ForeignTensor tensor = content.tensors().get(name);
    if (tensor == null) {
      throw InteropException.of(
          path,
          "holds no tensor '"
              + InteropException.shown(name)
              + "' among its "
              + content.tensors().size());
    }
    return tensor;
  }

  /** Names among the tensors that stand for something else, such as a number. */
  public List<String> others() {
    return content.others();
  }

  /**
   * The key under which the tensors lie in the saved object; empty if they are the object itself.
   */
  public String key() {
    return content.key();
  }

  /** Closes the file; harmless when repeated. */
  @Override
  public void close() {
    closeQuietly(file);
  }

  // Nothing was written, so a failing close loses nothing.
  private static void closeQuietly(AutoCloseable file) {
    try {
      file.close();
    } catch (Exception e) {
      if (e instanceof RuntimeException r) {
        throw r;
      }
    }
  }
}
