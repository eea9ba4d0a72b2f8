package dev.fovea.data.archive;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lists the members of an uncompressed tar archive, or of one inside a larger file, without reading
 * their content. For one thread.
 *
 * <p>Reads the formats v7, ustar, GNU (long names, sizes in base 256) and pax (path, size). Source:
 * POSIX.1-2017, pax Interchange Format; GNU tar manual, Basic Tar Format.
 *
 * <p>Implementation note: reads ahead 256 KiB while members are small, so that headers and small
 * members cost no call of their own, and one header at a time among large ones.
 */
public final class TarReader {
  /** Headers and contents start at multiples of this many bytes. */
  public static final int BLOCK = 512;

  private static final int AHEAD = 1 << 18;
  private static final int SMALL = 1 << 15;
  private static final int PAGE = 1 << 12;

  /** Where a header, and a block of a sparse map, say that another block of the map follows. */
  private static final int SPARSE_MORE = 482;

  private static final int SPARSE_MAP_MORE = 504;

  /** Longest header that describes a following member. */
  private static final int LONGEST_EXTENSION = 1 << 20;

  private final FileChannel channel;
  private final long start;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(AHEAD);
  private long bufferedFrom;
  private int ahead = AHEAD;
  private long at;

  /** What a member is. */
  public enum Kind {
    /** A regular file. */
    FILE,
    /** A folder. */
    FOLDER,
    /** A hard link to another member. */
    HARD_LINK,
    /** A symbolic link. */
    LINK,
    /** A sparse file, a pipe or a device. */
    SPECIAL
  }

  /**
   * A member of an archive.
   *
   * @param path as the archive states it
   * @param offset of the content from the start of the file
   * @param size of the content in bytes
   */
  public record Member(String path, long offset, long size, Kind kind) {
    /**
     * The reason for ignoring this member, or null if it is a file inside the archive.
     *
     * @param path the path without a leading {@code ./}
     */
    Source.@Nullable Refusal refusal(String path) {
      return switch (kind) {
        case HARD_LINK ->
            new Source.Refusal(
                "hard link",
                "a hard link to another member; pack the folder again with tar --hard-dereference");
        case LINK ->
            new Source.Refusal("link", "a link; pack the folder again with tar --dereference");
        case SPECIAL -> new Source.Refusal("not a file", "a sparse file, a named pipe or a device");
        case FILE, FOLDER -> Source.refusal(path);
      };
    }
  }

  /** Properties of the next member that stand in a header of their own. */
  private static final class Extension {
    @Nullable String path;
    long size = -1;
    boolean sparse;
  }

  /** Lists the archive in the bytes {@code start} to {@code end} of an open file. */
  public TarReader(FileChannel channel, long start, long end) {
    this.channel = channel;
    this.start = start;
    this.end = end;
    this.at = start;
    buffer.limit(0);
  }

  /**
   * The next member, or null at the end of the archive.
   *
   * @throws IOException if the file cannot be read, is not a tar archive, or ends within a member
   */
  public @Nullable Member next() throws IOException {
    Extension extension = new Extension();
    while (true) {
      if (at + BLOCK > end) {
        if (at == start) {
          throw new IOException("it is too short for a tar archive");
        }
        return null;
      }
      int p = buffered(at, BLOCK);
      byte[] header = buffer.array();
      if (isZero(header, p)) {
        return null;
      }
      checkSum(header, p);
      char type = (char) (header[p + 156] & 255);
      long size = number(header, p + 124, 12);
      long content = at + BLOCK;
      if (type == 'x' || type == 'L' || type == 'K' || type == 'g' || type == 'X') {
        extend(extension, type, content, size);
        at = next(content, size);
        continue;
      }
      boolean hasContent = type < '1' || type > '6';
      if (extension.size >= 0) {
        size = extension.size;
      }
      boolean more = type == 'S' && header[p + SPARSE_MORE] != 0;
      String path = extension.path != null ? extension.path : path(header, p);
      content = more ? afterSparseMap(content) : content;
      if (hasContent && size > end - content) {
        throw new EOFException("it ends within its member " + path);
      }
      at = hasContent ? next(content, size) : content;
      ahead = size < SMALL ? AHEAD : PAGE;
      return new Member(path, content, size, kind(type, path, extension));
    }
  }

  /** The content of a member, for small members without a call to the file. */
  public byte[] content(Member member) throws IOException {
    if (member.size > AHEAD) {
      throw new IOException("its member " + member.path + " is too long to be read as a whole");
    }
    int p = buffered(member.offset, (int) member.size);
    return Arrays.copyOfRange(buffer.array(), p, p + (int) member.size);
  }

  private static Kind kind(char type, String path, Extension extension) {
    if (extension.sparse) {
      return Kind.SPECIAL;
    }
    return switch (type) {
      case '0', '\0', '7' -> path.endsWith("/") ? Kind.FOLDER : Kind.FILE;
      case '1' -> Kind.HARD_LINK;
      case '2' -> Kind.LINK;
      case '5' -> Kind.FOLDER;
      case '3', '4', '6', 'S', 'D', 'M', 'V' -> Kind.SPECIAL;
      default -> Kind.FILE;
    };
  }

  /** Where the content of a sparse file starts whose map continues in further blocks. */
  private long afterSparseMap(long from) throws IOException {
    long block = from;
    while (block + BLOCK <= end) {
      int p = buffered(block, BLOCK);
      block += BLOCK;
      if (buffer.array()[p + SPARSE_MAP_MORE] == 0) {
        return block;
      }
    }
    throw new EOFException("it ends early");
  }

  private long next(long content, long size) throws IOException {
    long blocks = size / BLOCK + (size % BLOCK == 0 ? 0 : 1);
    if (size < 0 || blocks > (Long.MAX_VALUE - content) / BLOCK) {
      throw new IOException("a member claims " + size + " bytes");
    }
    return content + blocks * BLOCK;
  }

  private void extend(Extension to, char type, long content, long size) throws IOException {
    if (size > LONGEST_EXTENSION || content + size > end) {
      throw new IOException("a header claims " + size + " bytes");
    }
    if (type != 'x' && type != 'L') {
      return;
    }
    byte[] bytes = new byte[(int) size];
    for (int done = 0; done < bytes.length; ) {
      int part = Math.min(AHEAD, bytes.length - done);
      System.arraycopy(buffer.array(), buffered(content + done, part), bytes, done, part);
      done += part;
    }
    if (type == 'L') {
      to.path = text(bytes, 0, length(bytes, 0, bytes.length));
    } else {
      pax(to, bytes);
    }
  }

  /** Reads records of the form {@code LENGTH KEY=VALUE\n}. */
  private static void pax(Extension to, byte[] b) throws IOException {
    int from = 0;
    while (from < b.length && b[from] != 0) {
      int space = from;
      int length = 0;
      while (space < b.length && b[space] >= '0' && b[space] <= '9' && space - from < 8) {
        length = length * 10 + b[space++] - '0';
      }
      int stop = from + length - 1;
      int key = space + 1;
      if (space >= b.length || b[space] != ' ' || stop <= key || stop >= b.length) {
        throw new IOException("it has a damaged pax header");
      }
      int equals = key;
      while (equals < stop && b[equals] != '=') {
        equals++;
      }
      String name = text(b, key, equals - key);
      String value = text(b, Math.min(equals + 1, stop), Math.max(0, stop - equals - 1));
      if (name.equals("path")) {
        to.path = value;
      } else if (name.equals("size")) {
        if (!value.matches("[0-9]{1,18}")) {
          throw new IOException("it has a damaged pax header");
        }
        to.size = Long.parseLong(value);
      } else if (name.startsWith("GNU.sparse.")) {
        to.sparse = true;
      }
      from += length;
    }
  }

  private static String path(byte[] b, int p) {
    String name = text(b, p, length(b, p, 100));
    boolean ustar =
        b[p + 257] == 'u'
            && b[p + 258] == 's'
            && b[p + 259] == 't'
            && b[p + 260] == 'a'
            && b[p + 261] == 'r'
            && b[p + 262] == 0;
    int prefix = ustar ? length(b, p + 345, 155) : 0;
    return prefix == 0 ? name : text(b, p + 345, prefix) + "/" + name;
  }

  private static int length(byte[] b, int from, int most) {
    int n = 0;
    while (n < most && b[from + n] != 0) {
      n++;
    }
    return n;
  }

  /** Decodes UTF-8, or Latin-1 if it is not valid UTF-8. */
  private static String text(byte[] b, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (b[i] < 0) {
        return decode(b, from, length);
      }
    }
    return new String(b, from, length, StandardCharsets.ISO_8859_1);
  }

  private static String decode(byte[] b, int from, int length) {
    Charset utf8 = StandardCharsets.UTF_8;
    try {
      CharBuffer text = utf8.newDecoder().decode(ByteBuffer.wrap(b, from, length));
      return text.toString();
    } catch (CharacterCodingException e) {
      return new String(b, from, length, StandardCharsets.ISO_8859_1);
    }
  }

  private static boolean isZero(byte[] b, int p) {
    for (int i = p; i < p + BLOCK; i++) {
      if (b[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static void checkSum(byte[] b, int p) throws IOException {
    long wanted = number(b, p + 148, 8);
    int unsigned = 8 * ' ';
    int signed = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      if (i < 148 || i >= 156) {
        unsigned += b[p + i] & 255;
        signed += b[p + i];
      }
    }
    if (wanted != unsigned && wanted != signed) {
      throw new IOException("it has a damaged header, or it is not a tar archive");
    }
  }

  /** An octal number, or one in base 256 if the first bit is set. */
  private static long number(byte[] b, int from, int length) throws IOException {
    if ((b[from] & 0x80) != 0) {
      long value = b[from] & 0x3f;
      for (int i = from + 1; i < from + length; i++) {
        if (value >= 1L << 55) {
          throw new IOException("it has a damaged header, or it is not a tar archive");
        }
        value = value << 8 | b[i] & 255;
      }
      return value;
    }
    long value = 0;
    boolean digits = false;
    for (int i = from; i < from + length; i++) {
      int c = b[i];
      if (c >= '0' && c <= '7') {
        value = value << 3 | c - '0';
        digits = true;
      } else if (c == 0 || c == ' ' && digits) {
        break;
      } else if (c != ' ') {
        throw new IOException("it has a damaged header, or it is not a tar archive");
      }
    }
    return value;
  }

  /** Brings bytes of the file into the buffer; returns where they start in it. */
  private int buffered(long from, int count) throws IOException {
    long skip = from - bufferedFrom;
    if (skip >= 0 && skip + count <= buffer.limit()) {
      return (int) skip;
    }
    int wanted = (int) Math.min(Math.max(count, ahead), end - from);
    buffer.clear().limit(wanted);
    bufferedFrom = from;
    while (buffer.position() < count) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        buffer.limit(0);
        throw new EOFException("it ends early");
      }
    }
    buffer.limit(buffer.position());
    return 0;
  }
}
