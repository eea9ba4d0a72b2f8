package dev.fovea.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads protocol buffers from an untrusted file, field by field and never past its end. Lengths are
 * compared with what is left before memory is taken.
 */
final class ProtoReader {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private static final int BLOCK = 1 << 16;
  private static final int LONGEST_VARINT = 10;
  private static final int PAYLOAD_BITS = 7;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private long blockStart;

  /** A range of the file. */
  record Span(long start, long end) {
    long length() {
      return end - start;
    }
  }

  ProtoReader(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.block.limit(0);
  }

  Span whole() {
    return new Span(0, size);
  }

  long position() {
    return blockStart + block.position();
  }

  void seek(long position) {
    if (position >= blockStart && position <= blockStart + block.limit()) {
      block.position((int) (position - blockStart));
    } else {
      blockStart = position;
      block.position(0).limit(0);
    }
  }

  /** Reads a tag; {@code end} is that of the message. */
  int tag(long end) {
    long tag = varint(end);
    if (tag >>> 3 == 0 || tag >>> 3 > 1 << 29) {
      throw damaged("a field with the number " + (tag >>> 3));
    }
    return (int) tag;
  }

  long varint(long end) {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      need(1, end);
      byte b = block.get();
      value |= (long) (b & 0x7F) << (i * PAYLOAD_BITS);
      if (b >= 0) {
        return value;
      }
    }
    throw damaged("a number of more than " + LONGEST_VARINT + " bytes");
  }

  float fixed32(long end) {
    need(Float.BYTES, end);
    return block.getFloat();
  }

  double fixed64(long end) {
    need(Double.BYTES, end);
    return block.getDouble();
  }

  /** Reads a length and skips that many bytes. */
  Span span(long end) {
    Span span = enter(end);
    seek(span.end());
    return span;
  }

  /** Reads a length and stays at the beginning of that many bytes. */
  Span enter(long end) {
    long length = varint(end);
    if (length < 0 || length > end - position()) {
      throw damaged(
          "an item of "
              + Long.toUnsignedString(length)
              + " bytes where "
              + (end - position())
              + " are left");
    }
    return new Span(position(), position() + length);
  }

  String text(long end, int most) {
    Span span = enter(end);
    if (span.length() > most) {
      throw damaged("a text of " + span.length() + " bytes; the limit is " + most);
    }
    byte[] bytes = new byte[(int) span.length()];
    for (int at = 0; at < bytes.length; ) {
      need(1, end);
      int n = Math.min(block.remaining(), bytes.length - at);
      block.get(bytes, at, n);
      at += n;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw damaged("a text that is not UTF-8");
    }
  }

  /** Skips the value of a field. */
  void skip(int wire, long end) {
    switch (wire) {
      case VARINT -> varint(end);
      case FIXED64 -> fixed64(end);
      case BYTES -> span(end);
      case FIXED32 -> fixed32(end);
      default -> throw damaged("a field of the unknown kind " + wire);
    }
  }

  OnnxException damaged(String what) {
    return OnnxException.of(
        path,
        "is damaged or no ONNX file: it has "
            + what
            + " at byte "
            + position()
            + "; get another copy, or export it again");
  }

  private void need(int bytes, long end) {
    if (end - position() < bytes) {
      throw OnnxException.of(
          path,
          "is damaged or no ONNX file: a message ends in the middle of a value at byte "
              + position()
              + "; get another copy, or export it again");
    }
    if (block.remaining() >= bytes) {
      return;
    }
    blockStart = position();
    block.clear().limit((int) Math.min(BLOCK, size - blockStart));
    fill(block, blockStart);
    block.flip();
  }

  /** Fills {@code target} with the file's bytes at {@code position}. */
  void fill(ByteBuffer target, long position) {
    try {
      long at = position;
      while (target.hasRemaining()) {
        int n = channel.read(target, at);
        if (n < 0) {
          throw OnnxException.of(
              path, "became shorter while it was read; leave the file alone meanwhile");
        }
        at += n;
      }
    } catch (IOException e) {
      throw new OnnxException(
          path + ": cannot be read (" + e.getMessage() + "); check the disk and its permissions",
          e);
    }
  }
}
