package dev.fovea.collective.ring;

import dev.fovea.collective.ring.Handshake.Verdict;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This rank's way to the next one: connects, again and again until somebody answers, proves itself
 * and demands proof. What no repetition can mend (another secret, another ring) ends it.
 */
final class Connection {
  private static final long FIRST_PAUSE = 50;
  private static final long LONGEST_PAUSE = 1000;
  // Longer than the time that an acceptor gives: one whose ring has not begun answers late.
  private static final long PATIENCE = 30_000;

  private enum Stage {
    CONNECTING,
    GREETING,
    VERDICT,
    JOINED
  }

  private final RingAddress address;
  private final int means;
  private final Identity self;
  private final RingSecret secret;
  private final Selector selector;
  private final LivedTime time;
  private Handshake handshake;
  private @Nullable SocketChannel channel;
  private Stage stage = Stage.CONNECTING;
  private ByteBuffer in = ByteBuffer.allocate(Handshake.GREETING);
  private byte[] claim = new byte[0];
  private String trouble = "nobody has answered yet";
  private long pause = FIRST_PAUSE;
  private long again;
  private long until;
  private int attempts;

  Connection(
      RingAddress address, Identity self, RingSecret secret, Selector selector, LivedTime time) {
    this.address = address;
    this.means = self.next();
    this.self = self;
    this.secret = secret;
    this.selector = selector;
    this.time = time;
    this.handshake = new Handshake(secret, true);
  }

  /**
   * Goes as far as possible now.
   *
   * @return the proven connection, or null
   * @throws RingFault if the next rank cannot become one of this ring
   */
  @Nullable SocketChannel step(long now) throws RingFault {
    try {
      SocketChannel current = channel;
      if (current == null) {
        if (now < again) {
          return null;
        }
        current = open(now);
      }
      if (stage == Stage.CONNECTING && current.finishConnect()) {
        current.setOption(StandardSocketOptions.TCP_NODELAY, true);
        current.write(handshake.greeting());
        stage = Stage.GREETING;
        current.register(selector, SelectionKey.OP_READ);
      }
      if (stage == Stage.GREETING && Handshake.fill(current, in)) {
        prove(current);
      }
      if (stage == Stage.VERDICT && Handshake.fill(current, in)) {
        judge();
        stage = Stage.JOINED;
        return current;
      }
      if (now > until) {
        throw new IOException(
            stage == Stage.CONNECTING
                ? "the connection is not answered"
                : "somebody listens there and does not answer as a rank");
      }
    } catch (IOException | UnsupportedAddressTypeException e) {
      retry(e, now);
    }
    return null;
  }

  private SocketChannel open(long now) throws IOException {
    List<InetSocketAddress> all = lookUp();
    SocketChannel opened = SocketChannel.open();
    channel = opened;
    opened.configureBlocking(false);
    opened.register(selector, SelectionKey.OP_CONNECT);
    handshake = new Handshake(secret, true);
    in = ByteBuffer.allocate(Handshake.GREETING);
    stage = Stage.CONNECTING;
    until = now + PATIENCE;
    InetSocketAddress target = all.get(attempts % all.size());
    attempts++;
    opened.connect(target);
    return opened;
  }

  private List<InetSocketAddress> lookUp() throws IOException {
    try {
      return address.resolve();
    } finally {
      time.tickInFull();
    }
  }

  private void prove(SocketChannel current) throws IOException, RingFault {
    int version = handshake.readGreeting(in.flip());
    if (version < 0) {
      throw new IOException("somebody listens there who is no rank");
    }
    if (version != Handshake.VERSION) {
      throw new RingFault(
          means,
          "speaks version "
              + version
              + " of the protocol, this rank "
              + Handshake.VERSION
              + "; use the same version everywhere");
    }
    ByteBuffer message = handshake.claim(self, means);
    claim = new byte[Handshake.CLAIM - Handshake.MAC];
    message.get(0, claim);
    current.write(message);
    in = ByteBuffer.allocate(Handshake.VERDICT);
    stage = Stage.VERDICT;
  }

  private void judge() throws IOException, RingFault {
    in.flip();
    int code = in.getInt(0);
    byte[] body = handshake.provenVerdict(in, claim);
    if (body.length == 0) {
      // Nobody has signed this, but a true rank says the same: there is no reason to go on.
      throw Verdict.of(code) == Verdict.OTHER_SECRET
          ? new RingFault(means, "has another secret than this rank; give all ranks the same")
          : new RingFault(means, "could not prove that it knows the secret: it is an impostor");
    }
    ByteBuffer answer = ByteBuffer.wrap(body);
    Verdict verdict = Verdict.of(answer.getInt());
    Identity other = Identity.read(answer);
    switch (verdict) {
      case JOINED -> {
        String quarrel = self.quarrel(other);
        if (!quarrel.isEmpty()) {
          throw new RingFault(means, "let this rank join, but " + quarrel);
        }
        if (other.rank() != means) {
          throw new RingFault(
              means,
              "let this rank join, but is rank "
                  + other.rank()
                  + " by its own account; give all ranks the list in the same order, and each its"
                  + " own number");
        }
      }
      case OTHER_RING -> {
        String quarrel = self.quarrel(other);
        throw new RingFault(
            means,
            quarrel.isEmpty()
                ? "says that it belongs to another ring, and names the same; its program has an"
                    + " error"
                : quarrel);
      }
      case TAKEN ->
          throw new RingFault(
              means,
              "has already been joined by another rank "
                  + self.rank()
                  + "; give each process a number of its own");
      default ->
          throw new RingFault(
              means,
              "is rank "
                  + other.rank()
                  + " by its own account, and does not wait for rank "
                  + self.rank()
                  + "; give all ranks the list in the same order, and each its own number");
    }
  }

  private void retry(Exception e, long now) {
    if (e instanceof UnknownHostException) {
      trouble = "its name is not known to this machine";
    } else if (e instanceof UnsupportedAddressTypeException) {
      trouble = "this Java process cannot use addresses of that kind (IPv4 or IPv6)";
    } else {
      trouble = RingFailure.oneLine(String.valueOf(e.getMessage()));
    }
    close();
    again = now + pause;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }

  /** What happened at the last attempt. */
  String trouble() {
    return trouble;
  }

  boolean joined() {
    return stage == Stage.JOINED;
  }

  /** Drops an attempt that has not led to a connection. */
  void close() {
    SocketChannel current = channel;
    channel = null;
    if (current != null && !joined()) {
      try {
        current.close();
      } catch (IOException e) {
        trouble = trouble + "; and closing failed: " + e.getMessage();
      }
    }
  }
}
