package dev.fovea.app.option;

import dev.fovea.app.console.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
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

  private ClassNames() {}

  /** {@code 0, 1, ...}, where the names are unknown. */
  public static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** Reads a file with one name per line, or JSON as described at {@link ClassNamesJson}. */
  public static List<String> read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new CommandException(
          file + ": has more than " + MAX_BYTES + " bytes; expected a list of class names");
    }
    String text = text(file);
    List<String> names =
        text.startsWith("[") || text.startsWith("{")
            ? ClassNamesJson.names(file, text)
            : text.lines().map(String::strip).toList();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name.isBlank() || !seen.add(name)) {
        throw new CommandException(
            file
                + ": the class name '"
                + name
                + "' is empty or appears twice; expected every class once");
      }
    }
    if (names.isEmpty()) {
      throw new CommandException(
          file + ": contains no class names; expected one per line, or JSON");
    }
    return names;
  }

  /** The text without byte order mark and surrounding blank lines. */
  private static String text(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    boolean utf16 =
        bytes.length >= 2
            && (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe
                || bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff);
    if (utf16) {
      throw new CommandException(
          file + ": is UTF-16 text, as its byte order mark says; save it as UTF-8");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).strip();
    } catch (CharacterCodingException e) {
      throw new CommandException(
          file + ": is not UTF-8 text; expected one class name per line: save it as UTF-8", e);
    }
  }
}
