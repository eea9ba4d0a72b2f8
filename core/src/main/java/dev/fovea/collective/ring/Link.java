package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.zip.CRC32C;

/**
 * A proven connection to a neighbour: frames in both directions, never blocking.
 *
 * <p>A frame is a header of {@value #HEADER} bytes and a payload, little-endian: CRC-32C of all
 * that follows, payload length, sequence number, type, zero, operation, shape. A frame is begun
 * only when the one before it is written, so signs of life and the reason for an end go between two
 * pieces of data. All memory is taken when the link is made. Used by the ring's thread only.
 */
final class Link {
  /** What a frame is. */
  enum Type {
    DATA(0),
    ALIVE(1),
    ABORT(2),
    FAREWELL(3);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    /** What is sent. */
    int code() {
      return code;
    }
  }

  static final int HEADER = 40;

  private static final int CONTROL_BYTES = 2048;
  private static final Type[] TYPES = Type.values();

  private final SocketChannel channel;
  private final SelectionKey key;
  private final int peer;
  private final Incoming incoming;
  private final Outgoing data;
  private final Outgoing alive;
  private final Outgoing last;
  private final CRC32C checksum = new CRC32C();
  private long nextToSend;
  private Outgoing writing;
  private boolean begun;
  private boolean ended;
  private long bytesSent;

  /**
   * Takes over a connection.
   *
   * @param peer the rank at the other end
   * @param outgoing whether this rank sends data on it; otherwise it receives data
   */
  Link(SocketChannel channel, Selector selector, int peer, int ranks, boolean outgoing)
      throws IOException {
    this.channel = channel;
    this.peer = peer;
    this.key = channel.register(selector, SelectionKey.OP_READ);
    int control = Math.max(CONTROL_BYTES, SignsOfLife.bytes(ranks));
    this.incoming = new Incoming(outgoing ? control : Exchange.MOST_BYTES);
    this.data = new Outgoing(outgoing ? Exchange.MOST_BYTES : 0);
    this.alive = new Outgoing(SignsOfLife.bytes(ranks));
    this.last = new Outgoing(RingFailure.MOST_BYTES);
    this.writing = last;
  }

  int peer() {
    return peer;
  }

  Incoming incoming() {
    return incoming;
  }

  long bytesSent() {
    return bytesSent;
  }

  long bytesReceived() {
    return incoming.bytes;
  }

  /** Whether the buffer for data may be filled. */
  boolean takesData() {
    return !data.pending;
  }

  /** Where the payload of the next data is made. */
  ByteBuffer dataPayload() {
    return data.payload();
  }

  void sendData(int length, long operation, long shape) {
    data.head(Type.DATA, length);
    data.frame.putLong(24, operation).putLong(32, shape);
  }

  /** Whether the sign of life before has been written. */
  boolean takesSignOfLife() {
    return !alive.pending;
  }

  ByteBuffer signOfLifePayload() {
    return alive.payload();
  }

  void sendSignOfLife(int length) {
    alive.head(Type.ALIVE, length);
  }

  /** Sends why the ring ends; nothing else follows, pending data is dropped. */
  void sendLast(RingFailure failure) {
    last.head(Type.ABORT, failure.write(last.payload()));
    dropUnbegun();
  }

  /** Sends that this rank is done; nothing else follows. */
  void sendFarewell() {
    last.head(Type.FAREWELL, 0);
    dropUnbegun();
  }

  private void dropUnbegun() {
    alive.pending &= begun && writing == alive;
    data.pending &= begun && writing == data;
  }

  /** Writes what the socket takes now; returns whether it took anything. */
  boolean flush() throws IOException {
    boolean moved = false;
    while (begun || choose()) {
      int count = channel.write(writing.frame);
      bytesSent += count;
      moved |= count > 0;
      if (writing.frame.hasRemaining()) {
        break;
      }
      begun = false;
      writing.pending = false;
    }
    return moved;
  }

  /** Begins the most urgent frame that waits. */
  private boolean choose() {
    if (!pending()) {
      return false;
    }
    writing = alive.pending ? alive : data.pending ? data : last;
    ByteBuffer frame = writing.frame;
    frame.putLong(8, nextToSend);
    nextToSend++;
    checksum.reset();
    checksum.update(frame.position(4));
    frame.putInt(0, (int) checksum.getValue()).position(0);
    begun = true;
    return true;
  }

  /** Whether a frame waits to be written or is being written. */
  boolean pending() {
    return alive.pending || data.pending || last.pending;
  }

  /** What the selector is to wait for. */
  void await(boolean reads) {
    if (key.isValid()) {
      int ops = (reads ? SelectionKey.OP_READ : 0) | (pending() ? SelectionKey.OP_WRITE : 0);
      if (key.interestOps() != ops) {
        key.interestOps(ops);
      }
    }
  }

  /**
   * Reads the header of the next frame.
   *
   * @return whether there is one; it stays until {@link Incoming#done}
   * @throws RingFault if it cannot be right, before its length is used
   */
  boolean readHeader() throws IOException, RingFault {
    return incoming.readHeader(this);
  }

  /** Reads the payload of the frame whose header was read; returns whether it is complete. */
  boolean readPayload() throws IOException, RingFault {
    return incoming.readPayload(this);
  }

  /** After the last frame: tells the peer that no more comes; returns whether all was written. */
  boolean finishSending() throws IOException {
    flush();
    if (pending()) {
      return false;
    }
    channel.shutdownOutput();
    return true;
  }

  /** Reads and drops what still comes; returns whether the peer has ended, too. */
  boolean drain() throws IOException {
    ByteBuffer waste = incoming.payload;
    int count;
    do {
      count = channel.read(waste.clear());
    } while (count > 0);
    ended |= count < 0;
    return ended;
  }

  void close() throws IOException {
    channel.close();
  }

  /** A frame to be sent, in memory of its own. */
  private static final class Outgoing {
    private final ByteBuffer frame;
    private boolean pending;

    private Outgoing(int mostBytes) {
      this.frame = ByteBuffer.allocateDirect(HEADER + mostBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer payload() {
      return frame.limit(frame.capacity()).position(HEADER).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private void head(Type type, int length) {
      frame.position(0).limit(HEADER + length);
      frame.putInt(4, length).putInt(16, type.code()).putInt(20, 0);
      frame.putLong(24, 0).putLong(32, 0);
      pending = true;
    }
  }

  /** The frame that is being received. */
  static final class Incoming {
    private final ByteBuffer header =
        ByteBuffer.allocateDirect(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer payload;
    private final CRC32C checksum = new CRC32C();
    private boolean headed;
    private long next;
    private long bytes;

    private Incoming(int mostBytes) {
      this.payload = ByteBuffer.allocateDirect(mostBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    Type type() {
      return TYPES[header.getInt(16)];
    }

    int length() {
      return header.getInt(4);
    }

    long operation() {
      return header.getLong(24);
    }

    long shape() {
      return header.getLong(32);
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

    private boolean readHeader(Link link) throws IOException, RingFault {
      if (headed) {
        return true;
      }
      if (!read(link, header)) {
        return false;
      }
      int type = header.getInt(16);
      if (type < 0 || type >= TYPES.length || header.getInt(20) != 0) {
        throw damaged(link, "a frame of no known type (" + type + ")");
      }
      if (header.getLong(8) != next) {
        throw damaged(link, "frame " + header.getLong(8) + " where frame " + next + " was due");
      }
      if (length() < 0 || length() > payload.capacity()) {
        throw damaged(link, "a frame of " + length() + " bytes");
      }
      next++;
      headed = true;
      payload.clear().limit(length());
      return true;
    }

    private boolean readPayload(Link link) throws IOException, RingFault {
      if (!read(link, payload)) {
        return false;
      }
      checksum.reset();
      checksum.update(header.duplicate().position(4));
      checksum.update(payload.position(0));
      if ((int) checksum.getValue() != header.getInt(0)) {
        throw damaged(link, "a frame whose checksum is wrong");
      }
      return true;
    }

    private boolean read(Link link, ByteBuffer into) throws IOException, RingFault {
      while (into.hasRemaining()) {
        int count = link.channel.read(into);
        if (count < 0) {
          link.ended = true;
          throw new RingFault(
              link.peer,
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

    private static RingFault damaged(Link link, String what) {
      return new RingFault(
          link.peer,
          "sent "
              + what
              + ": the connection changes bytes, or its program is another; expected the same"
              + " version everywhere and a network without faults");
    }
  }
}
