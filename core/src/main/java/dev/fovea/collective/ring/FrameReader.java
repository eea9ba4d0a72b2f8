package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.zip.CRC32C;

/**
 * The frames that come over a link, one after the other, never blocking: checked in number, length
 * and checksum before anybody sees them. All memory is taken when it is made.
 */
final class FrameReader {
  private final SocketChannel channel;
  private final int peer;
  private final ByteBuffer header =
      ByteBuffer.allocateDirect(Frame.HEADER).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer payload;
  private final CRC32C checksum = new CRC32C();
  private boolean headed;
  private long next;
  private long bytes;

  FrameReader(SocketChannel channel, int peer, int mostBytes) {
    this.channel = channel;
    this.peer = peer;
    this.payload = ByteBuffer.allocateDirect(mostBytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads the header of the next frame.
   *
   * @return whether there is one; it stays until {@link #done}
   * @throws RingFault if it cannot be right, before its length is used
   */
  boolean readHeader() throws IOException, RingFault {
    if (headed) {
      return true;
    }
    if (!read(header)) {
      return false;
    }
    int type = header.getInt(Frame.TYPE);
    if (!Frame.Type.isCode(type) || header.getInt(Frame.ZERO) != 0) {
      throw damaged("a frame of no known type (" + type + ")");
    }
    long number = header.getLong(Frame.NUMBER);
    if (number != next) {
      throw damaged("frame " + number + " where frame " + next + " was due");
    }
    if (length() < 0 || length() > payload.capacity()) {
      throw damaged("a frame of " + length() + " bytes");
    }
    next++;
    headed = true;
    payload.clear().limit(length());
    return true;
  }

  /** Reads the payload of the frame whose header was read; returns whether it is complete. */
  boolean readPayload() throws IOException, RingFault {
    if (!read(payload)) {
      return false;
    }
    checksum.reset();
    checksum.update(header.duplicate().position(Frame.LENGTH));
    checksum.update(payload.position(0));
    if ((int) checksum.getValue() != header.getInt(Frame.CHECKSUM)) {
      throw damaged("a frame whose checksum is wrong");
    }
    return true;
  }

  private boolean read(ByteBuffer into) throws IOException, RingFault {
    while (into.hasRemaining()) {
      int count = channel.read(into);
      if (count < 0) {
        throw new RingFault(
            peer,
            "closed the connection without a word: its process ended or was killed, or its"
                + " machine went down");
      }
      if (count == 0) {
        return false;
      }
      bytes += count;
    }
    return true;
  }

  private RingFault damaged(String what) {
    return new RingFault(
        peer,
        "sent "
            + what
            + ": the connection changes bytes, or its program is another; expected the same"
            + " version everywhere and a network without faults");
  }

  Frame.Type type() {
    return Frame.Type.of(header.getInt(Frame.TYPE));
  }

  int length() {
    return header.getInt(Frame.LENGTH);
  }

  long operation() {
    return header.getLong(Frame.OPERATION);
  }

  long shape() {
    return header.getLong(Frame.SHAPE);
  }

  /** The payload of a complete frame, from position 0. */
  ByteBuffer payload() {
    return payload.position(0);
  }

  /** The frame has been used; the next one may be read. */
  void done() {
    headed = false;
    header.clear();
  }

  /** The bytes of frames that have come. */
  long bytes() {
    return bytes;
  }

  /** Reads and drops what has come; returns its bytes, or -1 if the peer has ended. */
  long drain() throws IOException {
    long dropped = 0;
    while (true) {
      int count = channel.read(payload.clear());
      if (count <= 0) {
        return count < 0 ? -1 : dropped;
      }
      dropped += count;
    }
  }
}
