package dev.fovea.interop;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.TensorEntry;
import dev.fovea.data.image.IoReason;
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

  private static final int HEAD = 4096;

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
   * Opens a file, checks it and takes the weights in it: those under the first of the names that
   * training scripts use, averaged ones last.
   *
   * @throws InteropException if it cannot be read, is damaged, or holds what no state dict needs
   * @throws EntryException if it holds several sets of weights and none has a usual name
   * @throws CheckpointException if it is a safetensors file that breaks a rule
   */
  public static ForeignFile open(Path path) {
    return open(path, "");
  }

  /**
   * Opens a file, checks it and takes one of the sets of weights in it.
   *
   * @param entry what to take: a key of the saved object, keys of nested dictionaries with dots
   *     between them, or the first part of tensors' names; empty for the usual ones
   * @throws InteropException if it cannot be read, is damaged, or holds what no state dict needs
   * @throws EntryException if it has no such entry
   * @throws CheckpointException if it is a safetensors file that breaks a rule
   */
  public static ForeignFile open(Path path, String entry) {
    if (Files.isDirectory(path)) {
      throw InteropException.of(
          path, "is a folder; expected a .pt, .pth, .th or .safetensors file");
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      // Opening a pipe waits for a writer.
      throw InteropException.of(
          path,
          "is a named pipe, a socket or a device, which is never opened; copy its content to a"
              + " file");
    }
    boolean opened = false;
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      Format format = format(path, channel);
      ForeignFile file =
          format == Format.SAFETENSORS
              ? safetensors(path, entry)
              : torch(path, format, channel, entry);
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
    ByteBuffer head = ByteBuffer.allocate(HEAD);
    head.limit((int) Math.min(head.capacity(), channel.size()));
    ByteReader.fill(path, channel, head, 0);
    byte[] bytes = head.array();
    if (bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == 3 && bytes[3] == 4) {
      return Format.TORCH_ZIP;
    }
    // A header of less than 2^40 bytes, which the reader will judge.
    if (bytes[8] == '{' && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0) {
      return Format.SAFETENSORS;
    }
    if (bytes[0] == (byte) 0x80 && bytes[1] < 16) {
      return Format.TORCH_LEGACY;
    }
    throw InteropException.of(path, KnownFormats.of(bytes, channel.size()));
  }

  private static ForeignFile torch(Path path, Format format, FileChannel channel, String entry)
      throws IOException {
    Value value =
        format == Format.TORCH_ZIP
            ? TorchFile.readZip(path, channel)
            : TorchFile.readLegacy(path, channel);
    StateDict content = new Entries(path, new TensorReader(path, channel)).of(value, entry);
    return new ForeignFile(path, format, content, channel);
  }

  private static ForeignFile safetensors(Path path, String entry) {
    SafetensorsFile file = SafetensorsFile.open(path);
    boolean taken = false;
    try {
      Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
      for (TensorEntry e : file.entries().values()) {
        tensors.put(
            e.name(),
            new ForeignTensor(e.name(), e.type(), e.shape(), () -> file.floats(e.name())));
      }
      StateDict all = new StateDict(tensors, Map.of(), "", List.of());
      StateDict content = entry.isEmpty() ? all : Entries.below(path, all, entry);
      taken = true;
      return new ForeignFile(path, Format.SAFETENSORS, content, file);
    } finally {
      if (!taken) {
        file.close();
      }
    }
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

  /**
   * Names among the tensors that stand for something else, with what that is, for example {@code a
   * number}.
   */
  public Map<String, String> others() {
    return Collections.unmodifiableMap(content.others());
  }

  /**
   * The key under which the tensors lie in the saved object, with dots where it is nested; empty if
   * they are the object itself.
   */
  public String key() {
    return content.key();
  }

  /** What was taken and what was passed over, if there was a choice; one sentence each. */
  public List<String> notes() {
    return content.notes();
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
