package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Names of files whose bytes the JVM's encoding of file names cannot express.
 *
 * <p>Java fixes that encoding by the locale when it starts; in the C or POSIX locale it is ASCII,
 * and every other letter of a name becomes U+FFFD. A path that came from listing a folder still
 * holds the bytes, and its URI shows them.
 */
public final class PathNames {
  private static final char UNKNOWN = '\ufffd';

  private PathNames() {}

  /** Whether the text of a path is not its name, so that no path can be made from it. */
  public static boolean isUnknown(String text) {
    return text.indexOf(UNKNOWN) >= 0;
  }

  /**
   * {@code file} relative to the folder that it was found in, with {@code /} between its elements:
   * its bytes read as UTF-8, or with percent signs where they are none.
   */
  static String relative(Path root, Path file) {
    String text =
        root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    if (!isUnknown(text) || !"file".equals(file.toUri().getScheme())) {
      return text;
    }
    // The URI of a folder may or may not end in a slash, depending on whether it is there.
    String base = root.toUri().getRawPath();
    String whole = file.toUri().getRawPath();
    String below = whole.substring(base.length()).replaceFirst("^/", "").replaceFirst("/$", "");
    return decoded(below);
  }

  private static String decoded(String percent) {
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

  /** The path that {@code text} names; a {@link DataException} that says why if there is none. */
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
              : "'" + text + "' is no path: " + e.getReason() + "; expected a folder or archive",
          e);
    }
  }

  /** The complaint about a name with characters that the JVM lost or cannot express, or null. */
  private static @Nullable String trouble(String text, @Nullable InvalidPathException e) {
    boolean beyondAscii = text.chars().anyMatch(c -> c > 127);
    if (!isUnknown(text) && (e == null || !beyondAscii)) {
      return null;
    }
    return "the name '"
        + text
        + "' has characters that this JVM's encoding of file names (sun.jnu.encoding) does not"
        + " have; expected a UTF-8 locale and a name in UTF-8; start Java with LC_ALL=C.UTF-8 in"
        + " its environment, or rename the file";
  }
}
