package dev.fovea.collective.ring;

import dev.fovea.collective.ring.Handshake.Verdict;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A connection that somebody opened to this rank, until it is proven to be the rank before it, or
 * dropped. Takes some hundred bytes, whatever is sent.
 */
final class Acceptance {
  private enum Stage {
    GREETING,
    CLAIM,
    JOINED,
    DROPPED
  }

  private final SocketChannel channel;
  private final SocketAddress from;
  private final long until;
  private final Identity self;
  private final Handshake handshake;
  private ByteBuffer in = ByteBuffer.allocate(Handshake.GREETING);
  private Stage stage = Stage.GREETING;
  private String reason = "";
  private String quarrel = "";

  Acceptance(SocketChannel channel, Selector selector, Identity self, RingSecret secret, long until)
      throws IOException {
    this.channel = channel;
    this.from = channel.getRemoteAddress();
    this.self = self;
    this.handshake = new Handshake(secret, false);
    this.until = until;
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
  }

  /**
   * Goes as far as what has come allows.
   *
   * @param taken whether the rank before this one has already joined
   */
  void step(boolean taken, long now) {
    try {
      if (stage == Stage.GREETING && Handshake.fill(channel, in)) {
        greet();
      }
      if (stage == Stage.CLAIM && Handshake.fill(channel, in)) {
        judge(taken);
      }
      if (undecided() && now > until) {
        drop(
            in.position() == 0 && stage == Stage.GREETING
                ? "it said nothing"
                : "it did not end its greeting in time");
      }
    } catch (IOException e) {
      drop("it " + RingFailure.oneLine(String.valueOf(e.getMessage())));
    }
  }

  private void greet() throws IOException {
    int version = handshake.readGreeting(in.flip());
    if (version < 0) {
      drop("what it sent is no greeting of a rank");
      return;
    }
    channel.write(handshake.greeting());
    if (version != Handshake.VERSION) {
      quarrel = "speaks version " + version + " of the protocol, this rank " + Handshake.VERSION;
      drop("it " + quarrel);
      return;
    }
    in = ByteBuffer.allocate(Handshake.CLAIM);
    stage = Stage.CLAIM;
  }

  private void judge(boolean taken) throws IOException {
    byte[] claim = handshake.provenClaim(in.flip());
    if (claim.length == 0) {
      channel.write(handshake.verdict(Verdict.OTHER_SECRET, self, claim));
      drop("it does not know the secret");
      return;
    }
    ByteBuffer body = ByteBuffer.wrap(claim);
    Identity other = Identity.read(body);
    int means = body.getInt();
    int before = self.previous();
    quarrel = self.quarrel(other);
    Verdict verdict;
    if (!quarrel.isEmpty()) {
      verdict = Verdict.OTHER_RING;
    } else if (other.rank() != before || means != self.rank()) {
      verdict = Verdict.NOT_EXPECTED;
      quarrel =
          "is rank "
              + other.rank()
              + " and looks for rank "
              + means
              + ", but this is rank "
              + self.rank()
              + " and waits for rank "
              + before
              + "; give all ranks the list in the same order, and each its own number";
    } else if (taken) {
      verdict = Verdict.TAKEN;
      quarrel = "is a second rank " + before + "; give each process a number of its own";
    } else {
      verdict = Verdict.JOINED;
    }
    channel.write(handshake.verdict(verdict, self, claim));
    if (verdict == Verdict.JOINED) {
      stage = Stage.JOINED;
    } else {
      drop("it knows the secret, but " + quarrel);
    }
  }

  /** Closes the connection without waiting for anything. */
  void drop(String why) {
    stage = Stage.DROPPED;
    reason = why;
    try {
      channel.close();
    } catch (IOException e) {
      reason = why + " (and closing failed: " + e.getMessage() + ")";
    }
  }

  boolean undecided() {
    return stage == Stage.GREETING || stage == Stage.CLAIM;
  }

  boolean joined() {
    return stage == Stage.JOINED;
  }

  SocketChannel channel() {
    return channel;
  }

  /** One line for the log: who was dropped, and why. */
  String line() {
    return "a connection from " + from + " was dropped: " + reason;
  }

  /** What keeps a process that knows the secret from joining; empty for strangers. */
  String quarrel() {
    return quarrel.isEmpty() ? "" : "a process at " + from + " " + quarrel;
  }
}
