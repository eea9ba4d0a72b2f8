package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tree of files in a folder or an archive; never writes, never follows a path out of itself. */
public interface Source extends AutoCloseable {
  /** What is no data wherever it lies, in lower case. */
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
   * @param size bytes, as the tree says
   * @param key what the source finds the file by
   * @param checksum CRC of the content where the tree records it, else 0
   */
  record Entry(String path, long size, int key, long checksum) {}

  /**
   * What was found at opening.
   *
   * @param files all files
   * @param folders relative paths of folders, where the tree records them; a folder with files may
   *     be absent
   * @param ignored what was left out
   */
  record Listing(List<Entry> files, List<String> folders, List<IgnoredFile> ignored) {
    /** An empty one, to be filled while the source is opened and left alone afterwards. */
    public Listing() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** Notes something that is left out. */
    void leaveOut(String path, String kind, String reason) {
      ignored.add(new IgnoredFile(path, kind, reason));
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

  /** The first bytes of a file, {@code count} of them or as many as it has. */
  byte[] start(Entry entry, int count) throws IOException;

  /** Throws a {@link DataException} if the tree is not as it was at opening. */
  void verifyUnchanged();

  @Override
  void close();

  /**
   * Why a member of an archive is left out.
   *
   * @param kind as in {@link IgnoredFile}
   * @param reason as in {@link IgnoredFile}
   */
  record Refusal(String kind, String reason) {}

  /** Why a member of an archive is left out, or null if its path is harmless. */
  static @Nullable Refusal refusal(String path) {
    if (path.startsWith("/")
        || path.indexOf('\\') >= 0
        || path.indexOf('\0') >= 0
        || path.matches("[A-Za-z]:.*")) {
      return new Refusal("of unsafe path", "its path is absolute or holds odd characters");
    }
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        return new Refusal("of unsafe path", "its path leaves the archive");
      }
    }
    return null;
  }

  /**
   * Whether operating systems, network storage and editors leave such files behind; they are passed
   * over without a word.
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

  /** The complaint about a file larger than allowed. */
  static void checkSize(Entry entry, long limit) throws IOException {
    if (entry.size() > limit || entry.size() < 0) {
      throw new IOException("it is " + entry.size() + " bytes long, the limit is " + limit);
    }
  }
}
