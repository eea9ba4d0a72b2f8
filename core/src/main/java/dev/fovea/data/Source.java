package dev.fovea.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tree of files in a folder or an archive; never writes, never follows a path out of itself. */
interface Source extends AutoCloseable {
  /**
   * A file of the tree.
   *
   * @param path relative, with {@code /} between its elements
   * @param size bytes, as the tree says
   * @param key what the source finds the file by
   * @param checksum CRC of the content where the tree records it, else 0
   */
  record Entry(String path, long size, int key, long checksum) {}

  /**
   * Something that was left out.
   *
   * @param path as in {@link Entry}
   * @param reason why, without the path
   */
  record Ignored(String path, String reason) {
    @Override
    public String toString() {
      return path + ": " + reason;
    }
  }

  /**
   * What was found at opening.
   *
   * @param files all files
   * @param folders relative paths of folders, where the tree records them; a folder with files may
   *     be absent
   * @param ignored what was left out
   */
  record Listing(List<Entry> files, List<String> folders, List<Ignored> ignored) {
    /** An empty one, to be filled while the source is opened and left alone afterwards. */
    Listing() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** Notes something that is left out. */
    void leaveOut(String path, String reason) {
      ignored.add(new Ignored(path, reason));
    }
  }

  /** What this is, for messages. */
  String description();

  /** What was found at opening. */
  Listing listing();

  /**
   * The content of a file, at most {@code limit} bytes; a size other than the recorded one is an
   * error.
   */
  byte[] read(Entry entry, long limit) throws IOException;

  /** Throws a {@link DataException} if the tree is not as it was at opening. */
  void verifyUnchanged();

  @Override
  void close();

  /** Why a member of an archive is left out, or null if its path is harmless. */
  static @Nullable String refusal(String path) {
    if (path.startsWith("/")
        || path.indexOf('\\') >= 0
        || path.indexOf('\0') >= 0
        || path.matches("[A-Za-z]:.*")) {
      return "its path is absolute or holds odd characters";
    }
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        return "its path leaves the archive";
      }
    }
    return null;
  }

  /** Whether operating systems leave such files behind; they are passed over without a word. */
  static boolean isLitter(String path) {
    for (String part : path.split("/")) {
      if (part.startsWith(".") && !part.equals(".") && !part.equals("..")
          || part.equals("__MACOSX")
          || part.equals("Thumbs.db")) {
        return true;
      }
    }
    return false;
  }

  /** {@code path} without a leading {@code ./}. */
  static String clean(String path) {
    return path.startsWith("./") ? path.substring(2) : path;
  }

  /** The complaint about a file larger than allowed. */
  static void checkSize(Entry entry, long limit) throws IOException {
    if (entry.size() > limit || entry.size() < 0) {
      throw new IOException("it is " + entry.size() + " bytes long, the limit is " + limit);
    }
  }
}
