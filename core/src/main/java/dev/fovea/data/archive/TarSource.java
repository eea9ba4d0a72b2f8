package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/**
 * An uncompressed tar archive, read in place. Only regular files are used; of several members with
 * the same name the last wins, as in tar.
 */
public final class TarSource implements Source {
  private final FileStamp stamp;
  private final FileChannel channel;
  private final Listing listing = new Listing();
  private final List<Long> offsets = new ArrayList<>();

  /** Opens and lists {@code file}; close the source to release it. */
  public TarSource(Path file) {
    try {
      stamp = FileStamp.of(file);
      list(file);
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot open "
              + file
              + ": "
              + IoReason.of(e)
              + "; expected an intact, uncompressed tar archive; unpack .tar.gz with gunzip or copy"
              + " it again",
          e);
    }
  }

  private void list(Path file) throws IOException {
    Map<String, TarArchiveEntry> members = new HashMap<>();
    try (TarFile tar = new TarFile(file)) {
      for (TarArchiveEntry e : tar.getEntries()) {
        String path = Source.clean(e.getName());
        if (path.isEmpty() || Source.isLitter(path)) {
          continue;
        }
        Source.Refusal refusal = refusal(e, path);
        if (refusal != null) {
          listing.leaveOut(path, refusal.kind(), refusal.reason());
        } else if (e.isDirectory()) {
          listing.folders().add(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
        } else if (members.put(path, e) != null) {
          listing.leaveOut(path, "duplicate member", "a later member has the same name");
        }
      }
    }
    if (members.isEmpty() && listing.folders().isEmpty() && listing.ignored().isEmpty()) {
      throw new IOException("it is empty");
    }
    members.forEach(
        (path, e) -> {
          listing.files().add(new Entry(path, e.getSize(), offsets.size(), 0));
          offsets.add(e.getDataOffset());
        });
  }

  private Source.@Nullable Refusal refusal(TarArchiveEntry e, String path) {
    if (e.isLink()) {
      return new Source.Refusal(
          "hard link",
          "a hard link to another member; pack the folder again with tar --hard-dereference");
    }
    if (e.isSymbolicLink()) {
      return new Source.Refusal("link", "a link; pack the folder again with tar --dereference");
    }
    if (!e.isFile() && !e.isDirectory()
        || e.isSparse()
        || e.isCharacterDevice()
        || e.isBlockDevice()
        || e.isFIFO()) {
      return new Source.Refusal("not a file", "a sparse file, a named pipe or a device");
    }
    if (e.getDataOffset() < 0
        || e.getSize() < 0
        || e.getSize() > stamp.size() - e.getDataOffset()) {
      return new Source.Refusal(
          "unreadable member", "its size extends beyond the end of the archive");
    }
    return Source.refusal(path);
  }

  @Override
  public String description() {
    return stamp.file().toString();
  }

  @Override
  public Listing listing() {
    return listing;
  }

  @Override
  public byte[] read(Entry entry, long limit) throws IOException {
    Source.checkSize(entry, limit);
    return read(entry, Math.toIntExact(entry.size()));
  }

  @Override
  public byte[] start(Entry entry, int count) throws IOException {
    return read(entry, (int) Math.min(entry.size(), count));
  }

  private byte[] read(Entry entry, int count) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(count);
    long at = offsets.get(entry.key());
    while (to.hasRemaining()) {
      int n = channel.read(to, at + to.position());
      if (n < 0) {
        throw new EOFException("the archive ends early");
      }
    }
    return to.array();
  }

  @Override
  public void verifyUnchanged() {
    stamp.verify();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new DataException("cannot close " + stamp.file() + ": " + e.getMessage(), e);
    }
  }
}
