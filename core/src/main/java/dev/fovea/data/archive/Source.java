package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A read-only tree of files in a folder or an archive. Safe for any number of threads; paths never
 * lead outside the tree.
 */
public interface Source extends AutoCloseable {
  /** Names of files and folders that are never data, in lower case. */
  Set<String> LITTER =
      Set.of(
          "__macosx",
          "thumbs.db",
          "desktop.ini",
          "@eadir",
          "#recycle",
          "@recycle",
          "$recycle.bin",
          "system volume information",
          "lost+found",
          "__pycache__");

  /**
   * A file of the tree.
   *
   * @param path relative, with {@code /} between its elements
   * @param size in bytes, as recorded by the tree
   * @param key identifies the file within its source
   * @param checksum CRC of the content if the tree records one, else 0
   */
  record Entry(String path, long size, int key, long checksum) {}

  /**
   * The content of a tree, listed once when it is opened.
   *
   * @param files all files
   * @param folders relative paths of the folders that the tree records; a folder with files may be
   *     absent
   * @param ignored what was left out
   */
  record Listing(List<Entry> files, List<String> folders, List<IgnoredFile> ignored) {
    /** An empty listing, filled while the source is opened and not modified afterwards. */
    public Listing() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** Records an ignored file. */
    void leaveOut(String path, String kind, String reason) {
      ignored.add(new IgnoredFile(path, kind, reason));
    }
  }

  /** Names the source in messages. */
  String description();

  /** The listing taken when the source was opened. */
  Listing listing();

  /**
   * Reads a file.
   *
   * @throws IOException if it is longer than {@code limit} bytes, differs from its recorded size,
   *     or cannot be read
   */
  byte[] read(Entry entry, long limit) throws IOException;

  /** Reads the first {@code count} bytes of a file, or all of it if it is shorter. */
  byte[] start(Entry entry, int count) throws IOException;

  /**
   * Checks that the tree is unchanged since it was opened.
   *
   * @throws DataException if not, naming what changed
   */
  void verifyUnchanged();

  @Override
  void close();

  /**
   * The reason for ignoring a member of an archive.
   *
   * @param kind as in {@link IgnoredFile}
   * @param reason as in {@link IgnoredFile}
   */
  record Refusal(String kind, String reason) {}

  /** The reason for ignoring a member with this path, or null if the path is safe. */
  static @Nullable Refusal refusal(String path) {
    if (path.startsWith("/")
        || path.indexOf('\\') >= 0
        || path.indexOf('\0') >= 0
        || startsWithDrive(path)) {
      return new Refusal("of unsafe path", "its path is absolute or has unsafe characters");
    }
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        return new Refusal("of unsafe path", "its path leads outside the archive");
      }
    }
    return null;
  }

  private static boolean startsWithDrive(String path) {
    return path.length() > 1 && path.charAt(1) == ':' && Character.isLetter(path.charAt(0));
  }

  /**
   * Whether a path is litter of operating systems, network storage or editors, which is skipped
   * silently.
   */
  static boolean isLitter(String path) {
    for (String part : path.split("/")) {
      if (part.startsWith(".") && !part.equals(".") && !part.equals("..")
          || LITTER.contains(part.toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  /** {@code path} without a leading {@code ./}. */
  static String clean(String path) {
    return path.startsWith("./") ? path.substring(2) : path;
  }

  /** Throws if a file is larger than {@code limit}. */
  static void checkSize(Entry entry, long limit) throws IOException {
    if (entry.size() > limit || entry.size() < 0) {
      throw new IOException("it is " + entry.size() + " bytes long, the limit is " + limit);
    }
  }
}
