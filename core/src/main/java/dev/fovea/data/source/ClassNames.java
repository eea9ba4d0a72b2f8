package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Reads the names of classes, in the order of the logits. */
public final class ClassNames {
  /** The classes of CIFAR-10, in the order of its labels. */
  public static final List<String> CIFAR10 =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final long MAX_BYTES = 1 << 24;
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /** Files beside archives that may name their classes, the preferred one first. */
  private static final List<String> USUAL =
      List.of(
          "classes.txt",
          "class_names.txt",
          "classes.json",
          "class_names.json",
          "class_to_idx.json",
          "dataset_info.json",
          "dataset_infos.json",
          "info.json",
          "_info.json");

  private ClassNames() {}

  /** Whether a file of this name may hold the class names of the archives beside it. */
  static boolean isUsual(String name) {
    return USUAL.contains(name);
  }

  /**
   * The class names in a usual file of a folder; empty if there is none.
   *
   * @throws DataException if there is one, but it cannot be read
   */
  static Optional<List<String>> beside(Path folder) {
    for (String usual : USUAL) {
      Path file = folder.resolve(usual);
      if (Files.isRegularFile(file)) {
        Optional<List<String>> names = find(file);
        if (names.isPresent()) {
          return names;
        }
      }
    }
    return Optional.empty();
  }

  /** {@code 0, 1, ...}, where the names are unknown. */
  public static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** Reads a file with one name per line, or JSON as described at {@link ClassNamesJson}. */
  public static List<String> read(Path file) {
    String text = text(file);
    return checked(
        file,
        isJson(text) ? ClassNamesJson.names(file, text) : text.lines().map(String::strip).toList());
  }

  private static Optional<List<String>> find(Path file) {
    String text = text(file);
    return isJson(text)
        ? ClassNamesJson.find(file, text).map(names -> checked(file, names))
        : Optional.of(read(file));
  }

  private static boolean isJson(String text) {
    return text.startsWith("[") || text.startsWith("{");
  }

  private static List<String> checked(Path file, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name.isBlank() || !seen.add(name)) {
        throw new DataException(
            file
                + ": the class name '"
                + name
                + "' is empty or appears twice; expected every class once");
      }
    }
    if (names.isEmpty()) {
      throw new DataException(file + ": contains no class names; expected one per line, or JSON");
    }
    return names;
  }

  /** The text without byte order mark and surrounding blank lines. */
  private static String text(Path file) {
    byte[] bytes;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DataException(
            file + ": has more than " + MAX_BYTES + " bytes; expected a list of class names");
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException(
          "cannot read the class names " + file + ": " + IoReason.of(e) + "; check the path", e);
    }
    boolean utf16 =
        bytes.length >= 2
            && (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe
                || bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff);
    if (utf16) {
      throw new DataException(
          file + ": is UTF-16 text, as its byte order mark says; save it as UTF-8");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).strip();
    } catch (CharacterCodingException e) {
      throw new DataException(
          file + ": is not UTF-8 text; expected one class name per line: save it as UTF-8", e);
    }
  }
}
