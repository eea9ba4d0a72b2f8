package dev.fovea.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Files beside a model that hold values of its tensors. They are read only if the caller allows it,
 * and only if they lie in the model's folder under a name of one part, as files without any link:
 * otherwise a model could have any file of this machine read.
 */
final class ExternalData implements AutoCloseable {
  private final Path model;
  private final boolean allowed;
  private final Map<String, ProtoReader> open = new HashMap<>();
  private final Map<String, FileChannel> channels = new HashMap<>();

  ExternalData(Path model, boolean allowed) {
    this.model = model;
    this.allowed = allowed;
  }

  /** The values of a tensor that lies in another file. */
  Supplier<Object> values(String tensor, Map<String, String> place, OnnxType type, long elements) {
    String location = place.getOrDefault("location", "");
    if (!allowed) {
      throw refused(
          tensor,
          location,
          "which is not read by default; save the model as one file, or allow files beside it");
    }
    ProtoReader reader = open.get(location);
    if (reader == null) {
      reader = open(tensor, location);
      open.put(location, reader);
    }
    long bytes = elements * type.bytes();
    long offset = number(tensor, location, place.getOrDefault("offset", "0"));
    long length = number(tensor, location, place.getOrDefault("length", Long.toString(bytes)));
    long size = reader.whole().end();
    if (length != bytes || offset > size || length > size - offset) {
      throw refused(
          tensor,
          location,
          "at byte "
              + offset
              + " with "
              + length
              + " bytes, expected "
              + bytes
              + " bytes in a file of "
              + size
              + "; get both files again");
    }
    ProtoReader.Span span = new ProtoReader.Span(offset, offset + length);
    return new TensorData(reader, tensor, type, elements, true, List.of(span), 0);
  }

  private long number(String tensor, String location, String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the message, which is the same for a negative number.
    }
    throw refused(
        tensor,
        location,
        "at the place '" + OnnxException.printable(text) + "', which is no number of bytes");
  }

  private ProtoReader open(String tensor, String location) {
    Path beside = beside(tensor, location);
    try {
      if (!Files.isRegularFile(beside, LinkOption.NOFOLLOW_LINKS) || links(beside) != 1) {
        throw refused(
            tensor,
            location,
            "which is no file of its own in the model's folder (a link, a folder, or missing); put"
                + " the file itself there");
      }
      FileChannel channel =
          FileChannel.open(beside, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      channels.put(location, channel);
      return new ProtoReader(beside, channel, channel.size());
    } catch (IOException e) {
      throw refused(
          tensor, location, "which cannot be read (" + e.getMessage() + "); check its permissions");
    }
  }

  private static int links(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
        : 1;
  }

  private Path beside(String tensor, String location) {
    try {
      Path name = Path.of(location);
      boolean plain =
          !location.isEmpty()
              && name.getNameCount() == 1
              && !name.isAbsolute()
              && !location.contains("/")
              && !location.contains("\\")
              && !location.equals(".")
              && !location.equals("..");
      if (plain) {
        return model.toAbsolutePath().resolveSibling(name);
      }
    } catch (InvalidPathException e) {
      // Falls through to the message, which is the same for a path of several parts.
    }
    throw refused(
        tensor, location, "expected the name of a file in the model's folder, without any path");
  }

  private OnnxException refused(String tensor, String location, String why) {
    return OnnxException.of(
        model,
        "the values of the tensor '"
            + OnnxException.printable(tensor)
            + "' are in another file, '"
            + OnnxException.printable(location)
            + "', "
            + why);
  }

  @Override
  public void close() {
    for (FileChannel channel : channels.values()) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written, so a failed close loses nothing.
      }
    }
  }
}
