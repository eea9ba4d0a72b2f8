package dev.fovea.collective.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * The proof, in both directions, that the process at the other end holds the secret of the ring.
 *
 * <pre>
 * connector: greeting  magic, version, nonce
 * acceptor:  greeting  magic, version, nonce
 * connector: claim     who it is, whom it means, HMAC of both nonces and all this
 * acceptor:  verdict   what it makes of that, who it is, HMAC of both nonces and all of the above
 * </pre>
 *
 * <p>All messages are of fixed length. Nonces are fresh, so a recorded handshake proves nothing;
 * the two HMACs begin with different words, so that no side's proof serves the other. The connector
 * proves itself first: a stranger gets nothing that was made with the secret.
 */
final class Handshake {
  static final int VERSION = 1;
  static final byte[] MAGIC = "FoveaRng".getBytes(StandardCharsets.US_ASCII);
  static final int NONCE = 32;
  static final int GREETING = 8 + Integer.BYTES + NONCE;
  static final int MAC = 32;
  static final int CLAIM = Identity.BYTES + Integer.BYTES + MAC;
  static final int VERDICT = Integer.BYTES + Identity.BYTES + MAC;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] CONNECTOR = "connector".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ACCEPTOR = "acceptor.".getBytes(StandardCharsets.US_ASCII);

  /** What an acceptor makes of a claim. */
  enum Verdict {
    JOINED(0),
    OTHER_SECRET(1),
    OTHER_RING(2),
    NOT_EXPECTED(3),
    TAKEN(4);

    private final int code;

    Verdict(int code) {
      this.code = code;
    }

    /** What is sent. */
    int code() {
      return code;
    }

    /** The verdict of a code; an unknown one, which no acceptor sends, is a refusal. */
    static Verdict of(int code) {
      for (Verdict verdict : values()) {
        if (verdict.code == code) {
          return verdict;
        }
      }
      return NOT_EXPECTED;
    }
  }

  private final RingSecret secret;
  private final byte[] own = new byte[NONCE];
  private final byte[] peer = new byte[NONCE];
  private final boolean connects;

  Handshake(RingSecret secret, boolean connects) {
    this.secret = secret;
    this.connects = connects;
    RANDOM.nextBytes(own);
  }

  ByteBuffer greeting() {
    return ByteBuffer.allocate(GREETING).put(MAGIC).putInt(VERSION).put(own).flip();
  }

  /**
   * Reads the greeting of the other side.
   *
   * @return its version; -1 if it is no greeting, or this rank's own come back
   */
  int readGreeting(ByteBuffer from) {
    byte[] magic = new byte[MAGIC.length];
    from.get(magic);
    int version = from.getInt();
    from.get(peer);
    boolean known = MessageDigest.isEqual(magic, MAGIC) && !MessageDigest.isEqual(own, peer);
    return known ? version : -1;
  }

  ByteBuffer claim(Identity self, int means) {
    byte[] body = ByteBuffer.allocate(CLAIM - MAC).put(self.bytes()).putInt(means).array();
    return ByteBuffer.allocate(CLAIM).put(body).put(sign(CONNECTOR, body, new byte[0])).flip();
  }

  /** The claim without its HMAC, or nothing if the HMAC is not of the secret. */
  byte[] provenClaim(ByteBuffer from) {
    byte[] body = new byte[CLAIM - MAC];
    from.get(body);
    return proven(from, sign(CONNECTOR, body, new byte[0])) ? body : new byte[0];
  }

  ByteBuffer verdict(Verdict verdict, Identity self, byte[] claim) {
    byte[] body =
        ByteBuffer.allocate(VERDICT - MAC).putInt(verdict.code()).put(self.bytes()).array();
    // To a stranger, who gets no signature, nothing is said of this ring.
    byte[] mac = claim.length == 0 ? new byte[MAC] : sign(ACCEPTOR, body, claim);
    byte[] told =
        claim.length == 0
            ? ByteBuffer.allocate(VERDICT - MAC).putInt(verdict.code()).array()
            : body;
    return ByteBuffer.allocate(VERDICT).put(told).put(mac).flip();
  }

  /** The verdict on the claim without its HMAC, or nothing if the HMAC is not of the secret. */
  byte[] provenVerdict(ByteBuffer from, byte[] claim) {
    byte[] body = new byte[VERDICT - MAC];
    from.get(body);
    return proven(from, sign(ACCEPTOR, body, claim)) ? body : new byte[0];
  }

  private static boolean proven(ByteBuffer from, byte[] expected) {
    byte[] mac = new byte[MAC];
    from.get(mac);
    return MessageDigest.isEqual(mac, expected);
  }

  private byte[] sign(byte[] role, byte[] body, byte[] claim) {
    byte[] version = ByteBuffer.allocate(Integer.BYTES).putInt(VERSION).array();
    return secret.sign(role, version, connects ? own : peer, connects ? peer : own, claim, body);
  }

  /** Reads into a buffer what has come; returns whether it is full. */
  static boolean fill(SocketChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      int count = channel.read(into);
      if (count < 0) {
        throw new IOException(
            into.position() == 0 ? "closed the connection" : "closed the connection in a message");
      }
      if (count == 0) {
        return false;
      }
    }
    return true;
  }
}
