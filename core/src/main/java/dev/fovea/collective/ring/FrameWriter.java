package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.zip.CRC32C;

/**
 * The frames that go over a link, never blocking. One of each kind may wait; a frame is begun only
 * when the one before it is written, so signs of life and the reason for an end go between two
 * pieces of data. All memory is taken when it is made.
 */
final class FrameWriter {
  private final SocketChannel channel;
  private final Outgoing data;
  private final Outgoing alive;
  private final Outgoing last;
  private final CRC32C checksum = new CRC32C();
  private long next;
  private Outgoing writing;
  private boolean begun;
  private long bytes;

  FrameWriter(SocketChannel channel, int ranks, int mostData) {
    this.channel = channel;
    this.data = new Outgoing(mostData);
    this.alive = new Outgoing(SignsOfLife.bytes(ranks));
    this.last = new Outgoing(RingFailure.MOST_BYTES);
    this.writing = last;
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
    data.head(Frame.Type.DATA, length);
    data.frame.putLong(Frame.OPERATION, operation).putLong(Frame.SHAPE, shape);
  }

  /** Whether the sign of life before has been written. */
  boolean takesSignOfLife() {
    return !alive.pending;
  }

  ByteBuffer signOfLifePayload() {
    return alive.payload();
  }

  void sendSignOfLife(int length) {
    alive.head(Frame.Type.ALIVE, length);
  }

  /** Sends why the ring ends; nothing else follows, pending data is dropped. */
  void sendLast(RingFailure failure) {
    last.head(Frame.Type.ABORT, failure.write(last.payload()));
    dropUnbegun();
  }

  /** Sends that this rank is done; nothing else follows. */
  void sendFarewell() {
    last.head(Frame.Type.FAREWELL, 0);
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
      bytes += count;
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
    frame.putLong(Frame.NUMBER, next);
    next++;
    checksum.reset();
    checksum.update(frame.position(Frame.LENGTH));
    frame.putInt(Frame.CHECKSUM, (int) checksum.getValue()).position(0);
    begun = true;
    return true;
  }

  /** Whether a frame waits to be written or is being written. */
  boolean pending() {
    return alive.pending || data.pending || last.pending;
  }

  /** After the last frame: tells the peer that no more comes; returns whether all was written. */
  boolean finish() throws IOException {
    flush();
    if (pending()) {
      return false;
    }
    channel.shutdownOutput();
    return true;
  }

  /** The bytes of frames that were written. */
  long bytes() {
    return bytes;
  }

  /** A frame in memory of its own. */
  private static final class Outgoing {
    private final ByteBuffer frame;
    private boolean pending;

    private Outgoing(int mostBytes) {
      this.frame =
          ByteBuffer.allocateDirect(Frame.HEADER + mostBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer payload() {
      return frame
          .limit(frame.capacity())
          .position(Frame.HEADER)
          .slice()
          .order(ByteOrder.LITTLE_ENDIAN);
    }

    private void head(Frame.Type type, int length) {
      frame.position(0).limit(Frame.HEADER + length);
      frame.putInt(Frame.LENGTH, length).putInt(Frame.TYPE, type.code()).putInt(Frame.ZERO, 0);
      frame.putLong(Frame.OPERATION, 0).putLong(Frame.SHAPE, 0);
      pending = true;
    }
  }
}
