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
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (IOException | RuntimeException e) {
      throw cannotOpen(file, e);
    }
    try {
      list();
    } catch (IOException | RuntimeException e) {
      close();
      throw cannotOpen(file, e);
    }
  }

  private static DataException cannotOpen(Path file, Exception why) {
    return new DataException(
        "cannot open "
            + file
            + ": "
            + IoReason.of(why)
            + "; expected an intact, uncompressed tar archive; unpack .tar.gz with gunzip or copy"
            + " it again",
        why);
  }

  private void list() throws IOException {
    Map<String, TarReader.Member> members = new HashMap<>();
    TarReader tar = new TarReader(channel, 0, stamp.size());
    for (TarReader.Member m = tar.next(); m != null; m = tar.next()) {
      String path = Source.clean(m.path());
      if (path.isEmpty() || Source.isLitter(path)) {
        continue;
      }
      Source.Refusal refusal = m.refusal(path);
      if (refusal != null) {
        listing.leaveOut(path, refusal.kind(), refusal.reason());
      } else if (m.kind() == TarReader.Kind.FOLDER) {
        listing.folders().add(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
      } else if (members.put(path, m) != null) {
        listing.leaveOut(path, "duplicate member", "a later member has the same name");
      }
    }
    if (members.isEmpty() && listing.folders().isEmpty() && listing.ignored().isEmpty()) {
      throw new IOException("it is empty");
    }
    members.forEach(
        (path, m) -> {
          listing.files().add(new Entry(path, m.size(), offsets.size(), 0));
          offsets.add(m.offset());
        });
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
