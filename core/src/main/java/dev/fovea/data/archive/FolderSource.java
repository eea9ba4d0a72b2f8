package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A folder in the file system. Symbolic links are followed; link loops are reported as {@link
 * Trouble}.
 */
public final class FolderSource implements Source {
  /**
   * Receives paths in the tree that cannot be used. If it returns, the rest is listed; it may throw
   * instead.
   */
  public interface Trouble {
    /** Called while the tree is listed. */
    void at(Path path, DataException why);
  }

  /** Throws on the first path that cannot be used. */
  public static final Trouble STRICT =
      (path, why) -> {
        throw why;
      };

  private final Path root;
  private final Listing listing = new Listing();
  private final List<Long> modified = new ArrayList<>();
  private final Trouble trouble;

  /** The paths of files whose names cannot be expressed as text, by key. */
  private final Map<Integer, Path> unspeakable = new HashMap<>();

  /** Lists the tree below {@code root}. */
  public FolderSource(Path root, Trouble trouble) {
    this.root = root;
    this.trouble = trouble;
    try {
      Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), 32, new Walk());
    } catch (IOException e) {
      throw new DataException(
          "cannot list folder "
              + root
              + ": "
              + IoReason.of(e)
              + "; expected a readable folder; check its permissions",
          e);
    }
  }

  private final class Walk extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
      if (dir.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      String path = relative(dir);
      if (Source.isLitter(path)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      listing.folders().add(path);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      String path = relative(file);
      if (Source.isLitter(path)) {
        return FileVisitResult.CONTINUE;
      }
      if (!attributes.isRegularFile()) {
        listing.leaveOut(
            path, "not a file", "a named pipe, a socket or a device, which is never opened");
        return FileVisitResult.CONTINUE;
      }
      if (PathNames.isUnknown(file.toString())) {
        unspeakable.put(listing.files().size(), file);
      }
      listing.files().add(new Entry(path, attributes.size(), listing.files().size(), 0));
      modified.add(attributes.lastModifiedTime().toMillis());
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      if (e instanceof FileSystemLoopException) {
        trouble.at(
            file,
            new DataException(
                "the link "
                    + file
                    + " leads back to a folder that contains it; expected a tree without loops;"
                    + " remove the link",
                e));
        return FileVisitResult.CONTINUE;
      }
      if (Source.isLitter(relative(file))) {
        return FileVisitResult.CONTINUE;
      }
      if (Files.isSymbolicLink(file)) {
        listing.leaveOut(relative(file), "broken link", "the target of the link does not exist");
        return FileVisitResult.CONTINUE;
      }
      trouble.at(
          file,
          new DataException(
              "cannot read "
                  + file
                  + ": "
                  + IoReason.of(e)
                  + "; expected a readable path; check its permissions",
              e));
      return FileVisitResult.CONTINUE;
    }
  }

  private String relative(Path p) {
    return PathNames.relative(root, p);
  }

  private Path path(Entry e) {
    Path known = unspeakable.get(e.key());
    return known == null ? root.resolve(e.path()) : known;
  }

  @Override
  public String description() {
    return root.toString();
  }

  @Override
  public Listing listing() {
    return listing;
  }

  @Override
  public byte[] read(Entry entry, long limit) throws IOException {
    Source.checkSize(entry, limit);
    try (InputStream in = Files.newInputStream(path(entry))) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.size()));
      if (bytes.length != entry.size() || in.read() >= 0) {
        throw new IOException(
            "its length is no longer the " + entry.size() + " bytes it had at opening");
      }
      return bytes;
    }
  }

  @Override
  public byte[] start(Entry entry, int count) throws IOException {
    try (InputStream in = Files.newInputStream(path(entry))) {
      return in.readNBytes(count);
    }
  }

  @Override
  public void verifyUnchanged() {
    for (Entry e : listing.files()) {
      Path file = path(e);
      try {
        if (Files.size(file) == e.size()
            && Files.getLastModifiedTime(file).toMillis() == modified.get(e.key())) {
          continue;
        }
      } catch (IOException gone) {
        throw changed(file, gone);
      }
      throw changed(file, null);
    }
  }

  private static DataException changed(Path file, @Nullable Throwable why) {
    return new DataException(
        file
            + " changed or disappeared while it was in use; expected the data to stay unchanged;"
            + " start again with a copy that nothing writes to",
        why);
  }

  @Override
  public void close() {}
}
