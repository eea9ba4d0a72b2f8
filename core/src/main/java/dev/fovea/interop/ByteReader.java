package dev.fovea.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Reads forward through a part of a file that nobody vouches for; never past its end. */
final class ByteReader {
  private static final int BLOCK = 1 << 14;

  private final Path path;
  private final FileChannel channel;
  private final long end;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private long blockStart;

  /** The bytes from {@code start} up to {@code end}. */
  ByteReader(Path path, FileChannel channel, long start, long end) {
    this.path = path;
    this.channel = channel;
    this.end = end;
    this.blockStart = start;
    this.block.limit(0);
  }

  /** Where it stands in the file. */
  long position() {
    return blockStart + block.position();
  }

  long remaining() {
    return end - position();
  }

  /** Goes on at a later position of the file, which must not lie behind the end. */
  void skipTo(long position) {
    if (position < position() || position > end) {
      throw new IllegalArgumentException("cannot go from " + position() + " to " + position);
    }
    blockStart = position;
    block.position(0).limit(0);
  }

  int u8() {
    need(1);
    return block.get() & 255;
  }

  int u16() {
    need(2);
    return block.getShort() & 0xffff;
  }

  int i32() {
    need(4);
    return block.getInt();
  }

  long u32() {
    return i32() & 0xffffffffL;
  }

  long i64() {
    need(8);
    return block.getLong();
  }

  /** A binary64, highest byte first. */
  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(i64()));
  }

  /** The next bytes; their number is compared with what is left before memory is taken. */
  byte[] bytes(long count, int limit) {
    requireLeft(count);
    if (count > limit) {
      throw refused("something of " + count + " bytes; the limit is " + limit);
    }
    byte[] bytes = new byte[(int) count];
    int at = 0;
    while (at < bytes.length) {
      need(1);
      int n = Math.min(bytes.length - at, block.remaining());
      block.get(bytes, at, n);
      at += n;
    }
    return bytes;
  }

  String utf8(long count, int limit) {
    return utf8OrBytes(count, limit).orElseThrow(() -> refused("a string that is no UTF-8"));
  }

  /** A string if the next bytes are UTF-8, else nothing; they are read in any case. */
  Optional<String> utf8OrBytes(long count, int limit) {
    byte[] bytes = bytes(count, limit);
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** Passes over the next bytes, without memory for them. */
  void skip(long count) {
    requireLeft(count);
    if (count <= block.remaining()) {
      block.position(block.position() + (int) count);
    } else {
      skipTo(position() + count);
    }
  }

  private void requireLeft(long count) {
    if (count < 0 || count > remaining()) {
      throw refused(
          "something of "
              + Long.toUnsignedString(count)
              + " bytes where "
              + remaining()
              + " are left");
    }
  }

  /** The bytes up to the next line feed, which is left out. */
  String line(int limit) {
    StringBuilder text = new StringBuilder();
    for (int b = u8(); b != '\n'; b = u8()) {
      if (text.length() == limit) {
        throw refused("a line of more than " + limit + " characters");
      }
      text.append((char) b);
    }
    return text.toString();
  }

  InteropException refused(String what) {
    return refusedAt(position(), what);
  }

  InteropException refusedAt(long position, String what) {
    return InteropException.of(
        path,
        "refused: "
            + what
            + " (at byte "
            + position
            + "); the file is damaged, or not as torch.save writes it: get another copy, or save"
            + " the module's state_dict() again");
  }

  private void need(int bytes) {
    if (block.remaining() >= bytes) {
      return;
    }
    if (remaining() < bytes) {
      throw InteropException.of(path, "is truncated: it ends in the middle, at byte " + end);
    }
    blockStart = position();
    block.clear().limit((int) Math.min(BLOCK, end - blockStart));
    try {
      fill(path, channel, block, blockStart);
    } catch (IOException e) {
      throw InteropException.of(path, "cannot be read: " + e.getMessage(), e);
    }
    block.flip();
  }

  /** Fills {@code target} with the bytes from {@code position} on. */
  static void fill(Path path, FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = channel.read(target, at);
      if (n < 0) {
        throw InteropException.of(path, "is truncated: it ends at byte " + at);
      }
      at += n;
    }
  }
}
