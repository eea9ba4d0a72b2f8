package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.jspecify.annotations.Nullable;

/** A zip archive, read in place. Members are checked against their recorded size and CRC. */
public final class ZipSource implements Source {
  /** Compression methods that need no additional library, unlike Zstandard for example. */
  private static final Set<Integer> METHODS =
      Set.of(
          ZipMethod.STORED.getCode(),
          ZipMethod.DEFLATED.getCode(),
          ZipMethod.ENHANCED_DEFLATED.getCode(),
          ZipMethod.BZIP2.getCode());

  private final FileStamp stamp;
  private final ZipFile zip;
  private final List<ZipArchiveEntry> members = new ArrayList<>();
  private final Listing listing = new Listing();

  /** Opens and lists {@code file}; close the source to release it. */
  public ZipSource(Path file) {
    try {
      stamp = FileStamp.of(file);
      zip = ZipFile.builder().setPath(file).setIgnoreLocalFileHeader(true).get();
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot open "
              + file
              + ": "
              + IoReason.of(e)
              + "; expected an intact zip archive; copy or download it again",
          e);
    }
    Set<String> seen = new HashSet<>();
    for (ZipArchiveEntry e : (Iterable<ZipArchiveEntry>) () -> zip.getEntries().asIterator()) {
      String path = Source.clean(e.getName());
      if (Source.isLitter(path)) {
        continue;
      }
      Source.Refusal refusal = refusal(e, path);
      if (refusal == null && !e.isDirectory() && !seen.add(path)) {
        refusal = new Source.Refusal("duplicate member", "an earlier member has the same name");
      }
      if (refusal != null) {
        listing.leaveOut(path, refusal.kind(), refusal.reason());
      } else if (e.isDirectory()) {
        listing.folders().add(path.substring(0, path.length() - 1));
      } else {
        listing.files().add(new Entry(path, e.getSize(), members.size(), e.getCrc()));
        members.add(e);
      }
    }
  }

  private Source.@Nullable Refusal refusal(ZipArchiveEntry e, String path) {
    if (e.isUnixSymlink()) {
      return new Source.Refusal("link", "a link; pack the file it points to");
    }
    if (!e.isDirectory() && (!METHODS.contains(e.getMethod()) || !zip.canReadEntryData(e))) {
      return new Source.Refusal(
          "unreadable member",
          "encrypted or compressed with an unsupported method; pack it with deflate");
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
    try (InputStream in = open(members.get(entry.key()))) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.size()));
      if (bytes.length != entry.size() || in.read() >= 0) {
        throw new IOException(
            "its length is not the " + entry.size() + " bytes that the archive states");
      }
      CRC32 crc = new CRC32();
      crc.update(bytes);
      if (crc.getValue() != entry.checksum()) {
        throw new IOException("its checksum differs from the one in the archive");
      }
      return bytes;
    }
  }

  @Override
  public byte[] start(Entry entry, int count) throws IOException {
    try (InputStream in = open(members.get(entry.key()))) {
      return in.readNBytes(count);
    }
  }

  /**
   * Opens a member under the lock, because ZipFile reads local headers through shared buffers. The
   * returned stream reads by position and needs no lock.
   */
  private InputStream open(ZipArchiveEntry member) throws IOException {
    synchronized (zip) {
      return zip.getInputStream(member);
    }
  }

  @Override
  public void verifyUnchanged() {
    stamp.verify();
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new DataException("cannot close " + stamp.file() + ": " + e.getMessage(), e);
    }
  }
}
