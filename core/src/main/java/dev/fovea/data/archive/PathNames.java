package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Handles file names that the JVM's file name encoding cannot represent.
 *
 * <p>Java derives that encoding from the locale at startup. In the C or POSIX locale it is ASCII,
 * and every other character of a name becomes U+FFFD. A path obtained by listing a folder still
 * holds the original bytes, and its URI exposes them.
 */
public final class PathNames {
  private static final char UNKNOWN = '\ufffd';

  private PathNames() {}

  /** Whether the text of a path has lost characters, so that no path can be made from it. */
  public static boolean isUnknown(String text) {
    return text.indexOf(UNKNOWN) >= 0;
  }

  /**
   * {@code file} relative to {@code root}, with {@code /} between its elements: decoded as UTF-8,
   * or percent-encoded if it is not valid UTF-8.
   */
  static String relative(Path root, Path file) {
    String text =
        root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    if (!isUnknown(text) || !"file".equals(file.toUri().getScheme())) {
      return text;
    }
    // The URI of a folder ends in a slash only if the folder exists.
    String base = root.toUri().getRawPath();
    String whole = file.toUri().getRawPath();
    String below = whole.substring(base.length()).replaceFirst("^/", "").replaceFirst("/$", "");
    return decodePercent(below);
  }

  private static String decodePercent(String percent) {
    byte[] bytes = new byte[percent.length()];
    int n = 0;
    for (int i = 0; i < percent.length(); i++) {
      if (percent.charAt(i) == '%') {
        bytes[n++] = (byte) Integer.parseInt(percent.substring(i + 1, i + 3), 16);
        i += 2;
      } else {
        bytes[n++] = (byte) percent.charAt(i);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, n)).toString();
    } catch (CharacterCodingException e) {
      return percent;
    }
  }

  /**
   * Converts {@code text} to a path.
   *
   * @throws DataException if it is not a valid path, saying why
   */
  public static Path parse(String text) {
    String cause = trouble(text, null);
    if (cause != null) {
      throw new DataException(cause);
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      String why = trouble(text, e);
      throw new DataException(
          why != null
              ? why
              : "'" + text + "' is not a path: " + e.getReason() + "; expected a folder or archive",
          e);
    }
  }

  /**
   * The error message for a name with characters that the JVM lost or cannot represent, or null.
   */
  private static @Nullable String trouble(String text, @Nullable InvalidPathException e) {
    boolean beyondAscii = text.chars().anyMatch(c -> c > 127);
    if (!isUnknown(text) && (e == null || !beyondAscii)) {
      return null;
    }
    return "the name '"
        + text
        + "' has characters that this JVM's file name encoding (sun.jnu.encoding) cannot represent;"
        + " expected a UTF-8 locale and a name in UTF-8; start Java with LC_ALL=C.UTF-8 in its"
        + " environment, or rename the file";
  }
}
