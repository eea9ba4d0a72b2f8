package dev.fovea.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Reads an untrusted range of a file sequentially, never past its end. */
final class ByteReader {
  private static final int BLOCK = 1 << 14;

  private final Path path;
  private final FileChannel channel;
  private final long end;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private long blockStart;

  /** Reads the bytes from {@code start} (inclusive) to {@code end} (exclusive). */
  ByteReader(Path path, FileChannel channel, long start, long end) {
    this.path = path;
    this.channel = channel;
    this.end = end;
    this.blockStart = start;
    this.block.limit(0);
  }

  /** The current position in the file. */
  long position() {
    return blockStart + block.position();
  }

  long remaining() {
    return end - position();
  }

  /** Skips forward to a position of the file, at most the end. */
  void skipTo(long position) {
    if (position < position() || position > end) {
      throw new IllegalArgumentException("cannot skip from " + position() + " to " + position);
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

  /** Reads a big-endian binary64. */
  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(i64()));
  }

  /** Reads bytes; {@code count} is checked against the remaining length before allocating. */
  byte[] bytes(long count, int limit) {
    requireLeft(count);
    if (count > limit) {
      throw refused("an item of " + count + " bytes; the limit is " + limit);
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
    return utf8OrBytes(count, limit).orElseThrow(() -> refused("a string that is not UTF-8"));
  }

  /** Reads bytes as a string; empty if they are not UTF-8. */
  Optional<String> utf8OrBytes(long count, int limit) {
    byte[] bytes = bytes(count, limit);
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** Skips bytes without allocating memory for them. */
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
          "an item of "
              + Long.toUnsignedString(count)
              + " bytes where only "
              + remaining()
              + " are left");
    }
  }

  /** Reads up to the next line feed, which is not included. */
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
            + "); the file is damaged or was not written by torch.save: get another copy, or save"
            + " the module's state_dict() again");
  }

  private void need(int bytes) {
    if (block.remaining() >= bytes) {
      return;
    }
    if (remaining() < bytes) {
      throw InteropException.of(path, "is truncated: it ends unexpectedly at byte " + end);
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

  /** Fills {@code target} with the bytes at {@code position}. */
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
