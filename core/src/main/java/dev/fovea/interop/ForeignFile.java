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
 * .th}, in zip or legacy form, or safetensors. The format is detected from the content, not from
 * the file name.
 *
 * <p>The file is not trusted: its structure and checksums are verified at opening. Values are read
 * on demand, one tensor at a time. The caller that opens the file closes it. Not thread-safe.
 */
public final class ForeignFile implements AutoCloseable {
  /** The supported file formats. */
  public enum Format {
    /** {@code torch.save} since PyTorch 1.6. */
    TORCH_ZIP("PyTorch, zip form"),
    /** {@code torch.save} before PyTorch 1.6. */
    TORCH_LEGACY("PyTorch, legacy stream"),
    /** safetensors. */
    SAFETENSORS("safetensors");

    private final String title;

    Format(String title) {
      this.title = title;
    }

    /** A name for messages. */
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
   * Opens and checks a file and selects the weights in it by the keys that training scripts use;
   * averaged weights come last.
   *
   * @throws InteropException if it cannot be read, is damaged, or holds what no state dict needs
   * @throws EntryException if it contains several sets of weights and none has a usual key
   * @throws CheckpointException if it is a safetensors file that breaks a rule
   */
  public static ForeignFile open(Path path) {
    return open(path, "");
  }

  /**
   * Opens and checks a file and selects one set of weights in it.
   *
   * @param entry which set: a key of the saved object, the keys of nested dictionaries separated by
   *     dots, or a prefix of the tensors' names; empty for the usual keys
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
      throw InteropException.of(path, "does not exist; pass the path of a weights file", e);
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
    // A header length below 2^40; SafetensorsFile checks the actual limit.
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

  /** The path of the file. */
  public Path path() {
    return path;
  }

  /** The format of the file. */
  public Format format() {
    return format;
  }

  /** The tensors by name, in file order. */
  public Map<String, ForeignTensor> tensors() {
    return Collections.unmodifiableMap(content.tensors());
  }

  /**
   * Returns the tensor of this name.
   *
   * @throws InteropException if there is none
   */
  public ForeignTensor tensor(String name) {
    ForeignTensor tensor = content.tensors().get(name);
    if (tensor == null) {
      throw InteropException.of(
          path,
          "has no tensor '"
              + InteropException.printable(name)
              + "' among its "
              + content.tensors().size());
    }
    return tensor;
  }

  /**
   * Entries among the tensors that are not tensors: each name with a description of its value, for
   * example {@code a number}.
   */
  public Map<String, String> others() {
    return Collections.unmodifiableMap(content.others());
  }

  /**
   * The key of the tensors in the saved object, nested keys separated by dots; empty if they are at
   * the top level.
   */
  public String key() {
    return content.key();
  }

  /** What was loaded and what was ignored; one sentence each. Empty if there was no choice. */
  public List<String> notes() {
    return content.notes();
  }

  /** Closes the file; closing again has no effect. */
  @Override
  public void close() {
    closeQuietly(file);
  }

  // Nothing was written, so a failed close loses nothing.
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
