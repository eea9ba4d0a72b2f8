package dev.fovea.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A protocol buffer message under construction. Content of tensors is not copied into it, but
 * written when the whole message is.
 */
final class Message {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** Content whose length is known before it is made. */
  interface Content {
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private final List<Content> parts = new ArrayList<>();
  private ByteArrayOutputStream open = new ByteArrayOutputStream();
  private long closed;

  Message put(int field, long value) {
    tag(field, VARINT);
    varint(value);
    return this;
  }

  Message put(int field, float value) {
    tag(field, FIXED32);
    int bits = Float.floatToIntBits(value);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      open.write(bits >>> shift);
    }
    return this;
  }

  Message put(int field, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    tag(field, BYTES);
    varint(bytes.length);
    open.writeBytes(bytes);
    return this;
  }

  Message put(int field, Message value) {
    tag(field, BYTES);
    varint(value.size());
    value.close();
    if (value.parts.size() == 1 && value.parts.get(0) instanceof Small small) {
      open.writeBytes(small.bytes);
    } else {
      close();
      parts.addAll(value.parts);
      closed += value.closed;
    }
    return this;
  }

  Message put(int field, long bytes, Content content) {
    tag(field, BYTES);
    varint(bytes);
    close();
    parts.add(content);
    closed += bytes;
    return this;
  }

  /** Bytes that have been put. */
  long size() {
    return closed + open.size();
  }

  void writeTo(WritableByteChannel channel) throws IOException {
    close();
    for (Content part : parts) {
      part.writeTo(channel);
    }
  }

  private record Small(byte[] bytes) implements Content {
    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  private void close() {
    if (open.size() > 0) {
      closed += open.size();
      parts.add(new Small(open.toByteArray()));
      open = new ByteArrayOutputStream();
    }
  }

  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      open.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    open.write((int) rest);
  }
}
