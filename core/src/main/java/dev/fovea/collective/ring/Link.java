package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A proven connection to a neighbour: the frames of each direction, and what the selector is to
 * wait for. Used by the ring's thread only.
 */
final class Link {
  private static final int CONTROL_BYTES = 2048;

  private final SocketChannel channel;
  private final SelectionKey key;
  private final int peer;
  private final FrameReader in;
  private final FrameWriter out;
  private boolean left;

  private Link(SocketChannel channel, SelectionKey key, int peer, FrameReader in, FrameWriter out) {
    this.channel = channel;
    this.key = key;
    this.peer = peer;
    this.in = in;
    this.out = out;
  }

  /**
   * Takes over the connection to the next rank, on which this one sends data.
   *
   * @param peer the rank at the other end
   */
  static Link toNext(SocketChannel channel, Selector selector, int peer, int ranks)
      throws IOException {
    int control = Math.max(CONTROL_BYTES, SignsOfLife.bytes(ranks));
    return new Link(
        channel,
        channel.register(selector, SelectionKey.OP_READ),
        peer,
        new FrameReader(channel, peer, control),
        new FrameWriter(channel, ranks, Exchange.MOST_BYTES));
  }

  /**
   * Takes over the connection from the previous rank, on which this one receives data.
   *
   * @param peer the rank at the other end
   */
  static Link fromPrevious(SocketChannel channel, Selector selector, int peer, int ranks)
      throws IOException {
    return new Link(
        channel,
        channel.register(selector, SelectionKey.OP_READ),
        peer,
        new FrameReader(channel, peer, Exchange.MOST_BYTES),
        new FrameWriter(channel, ranks, 0));
  }

  int peer() {
    return peer;
  }

  /** What the peer sends. */
  FrameReader in() {
    return in;
  }

  /** What the peer is sent. */
  FrameWriter out() {
    return out;
  }

  /** The peer has said that it is done: it sends nothing more and is to be sent nothing. */
  void noteFarewell() {
    left = true;
  }

  /** Whether the peer is done. */
  boolean hasLeft() {
    return left;
  }

  /** What the selector is to wait for. */
  void await(boolean reads) {
    if (key.isValid()) {
      int ops =
          (reads ? SelectionKey.OP_READ : 0) | (out.pending() && !left ? SelectionKey.OP_WRITE : 0);
      if (key.interestOps() != ops) {
        key.interestOps(ops);
      }
    }
  }

  void close() throws IOException {
    channel.close();
  }
}
