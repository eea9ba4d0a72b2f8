package dev.fovea.server.model;

import dev.fovea.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A model that is to be served: what it is called in URLs, and where its file lies.
 *
 * @param name letters, digits and {@code . _ -}, beginning with a letter or digit, at most 64
 * @param path a model file, or the folder of a run
 */
public record ModelSource(String name, Path path) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int LONGEST = 64;
  private static final String EXTENSION = ".safetensors";

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it cannot stand in a URL as it is
   */
  public ModelSource {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' cannot be the name of a model; use at most 64 letters, digits, '.', '_' and '-',"
              + " beginning with a letter or digit");
    }
  }

  /**
   * Reads {@code NAME=PATH}, or a path alone, which is named after the file without its extension,
   * or after the folder of the run; characters that a name must not have become {@code -}. A file
   * whose name holds {@code =} is a path alone.
   *
   * @throws IllegalArgumentException if there is no usable name
   */
  public static ModelSource parse(String text) {
    int equals = text.indexOf('=');
    if (equals > 0
        && NAME.matcher(text.substring(0, equals)).matches()
        && !Files.exists(Path.of(text))) {
      return new ModelSource(text.substring(0, equals), Path.of(text.substring(equals + 1)));
    }
    return new ModelSource(nameOf(Path.of(text)), Path.of(text));
  }

  private static String nameOf(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    String name = last == null ? "" : last.toString();
    if (name.endsWith(EXTENSION)) {
      name = name.substring(0, name.length() - EXTENSION.length());
    }
    String safe = name.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
    if (safe.isEmpty()) {
      throw new IllegalArgumentException(
          "no name for a model can be made of '" + path + "'; give it one: NAME=" + path);
    }
    return safe.substring(0, Math.min(LONGEST, safe.length()));
  }

  /** The model file: the path, or that of the run in the folder. */
  public Path file() {
    return Files.isDirectory(path) ? new RunFolder(path).model() : path;
  }
}
