package dev.fovea.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The entries of an uncompressed zip file, after all redundant fields were checked against each
 * other.
 *
 * <p>Readers that trust different copies of a field see different files. Therefore redundant fields
 * must agree, entries must fill the file from its first byte to the central directory without gaps,
 * and their checksums must match. Source: PKWARE's APPNOTE.TXT 6.3.10.
 */
final class ZipArchive {
  private static final int END = 22;
  private static final int LOCATOR = 20;
  private static final int END_64 = 56;
  private static final int CENTRAL = 46;
  private static final int LOCAL = 30;
  private static final int MAX_NAMES = 1 << 12;
  private static final int MAX_LISTED_NAME = 256;
  private static final int MAX_ENTRIES = 1 << 16;
  private static final int MAX_DIRECTORY = 1 << 25;
  private static final int MAX_NAME = 1 << 12;
  private static final int DESCRIPTOR_FLAG = 0x0008;
  private static final int UTF8_FLAG = 0x0800;
  private static final long ALL_ONES = 0xffffffffL;

  /** A stored (uncompressed) entry. */
  record Entry(String name, long position, long size) {}

  /** An entry's header in the central directory. */
  private record Header(String name, int flags, long crc, long size, long local) {}

  /** The position of the central directory and its number of entries. */
  private record Directory(long start, long end, long entries) {}

  private final Path path;
  private final FileChannel channel;
  private final long length;

  private ZipArchive(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.length = channel.size();
  }

  /**
   * Reads and checks all entries; returns them by name, in file order.
   *
   * @throws InteropException if the archive is damaged or contradicts itself
   */
  static Map<String, Entry> read(Path path, FileChannel channel) throws IOException {
    ZipArchive zip = new ZipArchive(path, channel);
    Directory directory = zip.directory();
    List<Header> headers = zip.headers(directory);
    headers.sort(Comparator.comparingLong(Header::local));
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (int i = 0; i < headers.size(); i++) {
      long next = i + 1 < headers.size() ? headers.get(i + 1).local() : directory.start();
      Entry entry = zip.entry(headers.get(i), i == 0, next);
      if (entries.put(entry.name(), entry) != null) {
        throw zip.refused(
            "has two entries named '" + InteropException.printable(entry.name()) + "'");
      }
    }
    return Collections.unmodifiableMap(entries);
  }

  /**
   * Lists the names of the first entries in the central directory without any checks, to tell what
   * kind of zip file this is. Empty if no directory is found.
   */
  static List<String> names(Path path, FileChannel channel) throws IOException {
    ZipArchive zip = new ZipArchive(path, channel);
    List<String> names = new ArrayList<>();
    try {
      if (zip.length < END) {
        return names;
      }
      ByteReader end = zip.reader(zip.length - END, zip.length);
      end.skip(10);
      int count = Math.min(MAX_NAMES, end.u16());
      end.skip(4);
      long start = end.u32();
      if (start >= zip.length) {
        return names;
      }
      ByteReader in = zip.reader(start, zip.length);
      for (int i = 0; i < count && in.u32() == 0x02014b50L; i++) {
        in.skip(24);
        int name = in.u16();
        int behind = in.u16() + in.u16();
        in.skip(12);
        if (name <= MAX_LISTED_NAME) {
          names.add(in.utf8(name, MAX_LISTED_NAME));
        } else {
          in.skip(name);
        }
        in.skip(behind);
      }
    } catch (InteropException e) {
      // read refuses such a file and says why.
      return names;
    }
    return names;
  }

  private Directory directory() throws IOException {
    require(length >= END, "is too short to be a zip file");
    ByteReader end = reader(length - END, length);
    require(
        end.u32() == 0x06054b50L,
        "does not end with a zip directory: it is truncated, or has data after its end");
    require(end.u32() == 0, "is part of a multi-disk zip file");
    long onDisk = end.u16();
    long entries = end.u16();
    long size = end.u32();
    long start = end.u32();
    require(onDisk == entries, "states two numbers of entries");
    require(end.u16() == 0, "has a comment, which PyTorch never writes");
    boolean wide =
        length >= END + LOCATOR + END_64
            && reader(length - END - LOCATOR, length).u32() == 0x07064b50L;
    Directory found =
        wide
            ? wideDirectory(entries, size, start)
            : check(new Directory(start, length - END, entries), size);
    require(
        found.entries() > 0 && found.entries() <= MAX_ENTRIES,
        "has " + found.entries() + " entries; expected 1 to " + MAX_ENTRIES);
    return found;
  }

  private Directory wideDirectory(long entries, long size, long start) {
    long record = length - END - LOCATOR - END_64;
    ByteReader wide = reader(record, length - END);
    require(
        wide.u32() == 0x06064b50L && wide.i64() == END_64 - 12,
        "has a zip64 record in the wrong place");
    wide.u32();
    require(wide.i64() == 0, "is part of a multi-disk zip file");
    long onDisk = wide.i64();
    long wideEntries = wide.i64();
    require(onDisk == wideEntries, "states two numbers of entries");
    long wideSize = wide.i64();
    long wideStart = wide.i64();
    require(
        (entries == wideEntries || entries == 0xffff)
            && (size == wideSize || size == ALL_ONES)
            && (start == wideStart || start == ALL_ONES),
        "has a zip64 record that contradicts the end of the directory");
    require(
        wide.u32() == 0x07064b50L && wide.u32() == 0 && wide.i64() == record && wide.u32() == 1,
        "has a zip64 locator that contradicts the file");
    return check(new Directory(wideStart, record, wideEntries), wideSize);
  }

  private Directory check(Directory d, long size) {
    require(
        d.start() >= 0 && d.start() <= d.end() && size == d.end() - d.start(),
        "has a zip directory that is not where its end record says");
    require(size <= MAX_DIRECTORY, "has a zip directory of " + size + " bytes");
    return d;
  }

  private List<Header> headers(Directory directory) {
    ByteReader in = reader(directory.start(), directory.end());
    List<Header> headers = new ArrayList<>();
    for (long i = 0; i < directory.entries(); i++) {
      headers.add(header(in));
    }
    require(in.remaining() == 0, "has data between its zip directory and its end record");
    return headers;
  }

  private Header header(ByteReader in) {
    require(in.remaining() >= CENTRAL && in.u32() == 0x02014b50L, "has a broken zip directory");
    in.u32();
    int flags = in.u16();
    require((flags & ~(DESCRIPTOR_FLAG | UTF8_FLAG)) == 0, "has an entry with zip flags " + flags);
    require(in.u16() == 0, "has a compressed entry; PyTorch stores entries uncompressed");
    in.u32();
    long crc = in.u32();
    long packed = in.u32();
    long size = in.u32();
    int nameLength = in.u16();
    int extraLength = in.u16();
    require(in.u32() == 0, "has an entry with a comment or on another disk");
    in.u16();
    in.u32();
    long local = in.u32();
    String name = in.utf8(nameLength, MAX_NAME);
    long[] all = widen(in.bytes(extraLength, 0xffff), size, packed, local);
    String what = "has an entry '" + InteropException.printable(name) + "' ";
    require(!name.isEmpty() && name.indexOf(0) < 0, what + "with an invalid name");
    require(all[0] == all[1], what + "with two sizes, " + all[0] + " and " + all[1]);
    require(
        all[0] >= 0 && all[0] <= length && all[2] >= 0 && all[2] <= length,
        what + "beyond its end");
    return new Header(name, flags, crc, all[0], all[2]);
  }

  /** Replaces each value of 2^32 - 1 by the next value of the zip64 extra field. */
  private long[] widen(byte[] extra, long... values) {
    ByteBuffer in = ByteBuffer.wrap(extra).order(ByteOrder.LITTLE_ENDIAN);
    boolean seen = false;
    while (in.remaining() >= 4) {
      int id = in.getShort() & 0xffff;
      int size = in.getShort() & 0xffff;
      require(size <= in.remaining(), "has an entry with a broken extra field");
      ByteBuffer field = in.slice().order(ByteOrder.LITTLE_ENDIAN).limit(size);
      in.position(in.position() + size);
      if (id == 1) {
        require(!seen, "has an entry with two zip64 fields");
        seen = true;
        for (int i = 0; i < values.length; i++) {
          if (values[i] == ALL_ONES) {
            require(field.remaining() >= 8, "has an entry with a zip64 field that is too short");
            values[i] = field.getLong();
          }
        }
        require(!field.hasRemaining(), "has an entry with a zip64 field that is too long");
      }
    }
    require(!in.hasRemaining(), "has an entry with a broken extra field");
    return values;
  }

  /** Reads and checks the entry of a header; it must end at {@code next}. */
  private Entry entry(Header header, boolean first, long next) throws IOException {
    String what = "has an entry '" + InteropException.printable(header.name()) + "' ";
    require(
        !first || header.local() == 0, "has " + header.local() + " bytes before its first entry");
    require(header.local() + LOCAL <= next, what + "that overlaps another");
    ByteReader in = reader(header.local(), next);
    require(in.u32() == 0x04034b50L, what + "that does not start where the directory says");
    in.u16();
    require(
        in.u16() == header.flags() && in.u16() == 0, what + "with two sets of flags or methods");
    in.u32();
    long crc = in.u32();
    long packed = in.u32();
    long size = in.u32();
    int nameLength = in.u16();
    int extraLength = in.u16();
    require(in.utf8(nameLength, MAX_NAME).equals(header.name()), what + "with two names");
    byte[] extra = in.bytes(extraLength, 0xffff);
    boolean described = (header.flags() & DESCRIPTOR_FLAG) != 0;
    if (!(described && crc == 0 && packed == 0 && size == 0)) {
      long[] sizes = widen(extra, size, packed);
      require(
          crc == header.crc() && sizes[0] == header.size() && sizes[1] == header.size(),
          what + "with two sizes or checksums");
    }
    Entry entry = new Entry(header.name(), in.position(), header.size());
    require(
        entry.size() <= next - entry.position(), what + "that is truncated or overlaps another");
    long gap = next - entry.position() - entry.size();
    if (described) {
      descriptor(header, what, gap, next);
    } else {
      require(gap == 0, what + "followed by " + gap + " bytes that belong to no entry");
    }
    require(crc(entry) == header.crc(), what + "whose checksum (CRC-32) does not match");
    return entry;
  }

  private void descriptor(Header header, String what, long gap, long next) {
    boolean wide = gap == 24;
    require(wide || gap == 16, what + "without the data descriptor that its flags require");
    ByteReader in = reader(next - gap, next);
    require(
        in.u32() == 0x08074b50L
            && in.u32() == header.crc()
            && (wide ? in.i64() : in.u32()) == header.size()
            && (wide ? in.i64() : in.u32()) == header.size(),
        what + "with a descriptor that contradicts the directory");
  }

  private long crc(Entry entry) throws IOException {
    CRC32 crc = new CRC32();
    ByteBuffer block = ByteBuffer.allocate(1 << 18);
    long at = entry.position();
    long end = at + entry.size();
    while (at < end) {
      block.clear().limit((int) Math.min(block.capacity(), end - at));
      ByteReader.fill(path, channel, block, at);
      at += block.position();
      crc.update(block.flip());
    }
    return crc.getValue();
  }

  private ByteReader reader(long from, long to) {
    return new ByteReader(path, channel, from, to);
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw refused(otherwise);
    }
  }

  private InteropException refused(String reason) {
    return InteropException.of(
        path, "refused: it " + reason + "; save it again with torch.save, or get another copy");
  }
}
