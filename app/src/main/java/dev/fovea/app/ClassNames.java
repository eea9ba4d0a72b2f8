package dev.fovea.app;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The names of classes, in the order of the logits. */
final class ClassNames {
  /** CIFAR-10's, in the order of its labels. */
  static final List<String> CIFAR10 =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final long MAX_BYTES = 1 << 24;

  private ClassNames() {}

  /** {@code 0, 1, ...}, where nobody tells the names. */
  static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** Reads a file with one name per line, or a JSON array of names. */
  static List<String> read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new CommandException(
          file + ": has more than " + MAX_BYTES + " bytes; expected a list of class names");
    }
    String text;
    try {
      text = Files.readString(file).strip();
    } catch (CharacterCodingException e) {
      throw new CommandException(file + ": is no UTF-8 text; expected one class name per line", e);
    }
    List<String> names =
        text.startsWith("[") ? json(file, text) : text.lines().map(String::strip).toList();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name.isBlank() || !seen.add(name)) {
        throw new CommandException(
            file
                + ": the class name '"
                + name
                + "' is empty or stands twice; expected every class once");
      }
    }
    if (names.isEmpty()) {
      throw new CommandException(
          file + ": holds no class names; expected one per line, or a JSON array");
    }
    return names;
  }

  private static List<String> json(Path file, String text) {
    List<String> names = new ArrayList<>();
    try (JsonParser p = new JsonFactory().createParser(text)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.VALUE_STRING) {
        names.add(p.getText());
      }
      if (p.currentToken() == JsonToken.END_ARRAY && p.nextToken() == null) {
        return names;
      }
    } catch (IOException e) {
      throw new CommandException(file + ": is no JSON array of class names: " + e.getMessage(), e);
    }
    throw new CommandException(
        file + ": is no JSON array of class names; expected [\"cat\", \"dog\"]");
  }
}
