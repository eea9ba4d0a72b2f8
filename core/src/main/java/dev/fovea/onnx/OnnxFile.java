package dev.fovea.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An opened ONNX file. The values of its tensors are read from the file when they are asked for, so
 * it must stay open as long as its model is used. The caller closes it. Not safe for use by several
 * threads at once.
 */
public final class OnnxFile implements AutoCloseable {
  private final FileChannel channel;
  private final ExternalData external;
  private final OnnxModel model;

  private OnnxFile(FileChannel channel, ExternalData external, OnnxModel model) {
    this.channel = channel;
    this.external = external;
    this.model = model;
  }

  /**
   * Opens a file and reads its structure.
   *
   * @param externalData whether values may lie in other files of the same folder
   * @throws OnnxException if it cannot be read, is damaged or no ONNX file, has an element type
   *     other than numbers, or external data that is not allowed
   */
  public static OnnxFile open(Path path, boolean externalData) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw OnnxException.of(path, "is not a file; expected an ONNX model");
    }
    FileChannel channel = null;
    ExternalData external = new ExternalData(path, externalData);
    OnnxModel model = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      model =
          new ModelParser(path, new ProtoReader(path, channel, channel.size()), external).model();
      return new OnnxFile(channel, external, model);
    } catch (NoSuchFileException e) {
      throw new OnnxException(path + ": does not exist; pass the path of an ONNX model", e);
    } catch (IOException e) {
      throw new OnnxException(
          path + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
    } finally {
      if (model == null) {
        close(external, channel);
      }
    }
  }

  /**
   * Whether a file is named {@code .onnx} or begins as ONNX models do, with the version of their
   * format; it may still be damaged. False if it cannot be read.
   */
  public static boolean isOnnx(Path path) {
    if (path.toString().toLowerCase(java.util.Locale.ROOT).endsWith(".onnx")) {
      return true;
    }
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (java.io.InputStream in = Files.newInputStream(path)) {
      byte[] head = in.readNBytes(3);
      return head.length == 3
          && head[0] == 1 << 3
          && head[1] >= 3
          && head[1] < 32
          && (head[2] & 7) == ProtoReader.BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  /** The model. */
  public OnnxModel model() {
    return model;
  }

  @Override
  public void close() {
    close(external, channel);
  }

  private static void close(
      ExternalData external, @org.jspecify.annotations.Nullable FileChannel channel) {
    external.close();
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written, so a failed close loses nothing.
      }
    }
  }
}
