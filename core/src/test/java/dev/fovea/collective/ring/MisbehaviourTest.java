package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rank that knows the secret and does not keep to the protocol. */
@Timeout(120)
class MisbehaviourTest {
  private static final RingDeadlines IMPATIENT =
      deadlines(Duration.ofSeconds(5), Duration.ofSeconds(1));

  private static RingDeadlines deadlines(Duration connect, Duration silence) {
    return new RingDeadlines(connect, silence, Duration.ofSeconds(5), Duration.ofMillis(200));
  }

  private interface Deeds {
    void of(FakeRank fake, RingAddress zero) throws IOException;
  }

  /** What rank 0 says of a rank 1 that does these things. */
  private static String said(Deeds deeds) throws IOException {
    return said(IMPATIENT, deeds);
  }

  private static String said(RingDeadlines deadlines, Deeds deeds) throws IOException {
    RingListener listener = RingListener.open(Rings.LOOPBACK);
    try (FakeRank fake = new FakeRank()) {
      List<RingAddress> ranks = List.of(listener.address(), fake.address());
      List<Future<String>> both =
          Rings.together(
              2,
              rank -> {
                if (rank == 1) {
                  try {
                    deeds.of(fake, ranks.get(0));
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                  return "";
                }
                Ring.join(listener, ranks, 0, Rings.TRUST, WireFormat.F32, deadlines, line -> {})
                    .close();
                return "";
              });
      return Rings.failure(both.get(0));
    }
  }

  @Test
  void aRankThatJoinsAndThenSaysNothingIsFoundByItsSilence() throws IOException {
    // Four times as long as later, since ranks may still be looking up names.
    assertThat(said(deadlines(Duration.ofSeconds(5), Duration.ofMillis(250)), FakeRank::join))
        .contains("rank 1 (127.0.0.1:")
        .contains("has not answered for ")
        .contains("its process is stopped, its machine hangs or the network is cut");
  }

  @Test
  void aFrameOfNegativeOrHugeLengthIsRefusedBeforeMemoryIsTaken() throws IOException {
    for (int length : new int[] {-1, Integer.MAX_VALUE, Exchange.MOST_BYTES + 1}) {
      assertThat(
              said(
                  (fake, zero) -> {
                    fake.join(zero);
                    fake.frame(length, 0, Frame.Type.DATA.code(), new byte[0]);
                  }))
          .contains("rank 1 (")
          .contains("sent a frame of " + length + " bytes");
    }
  }

  @Test
  void aFrameOfAnotherLengthThanTheOperationNeedsIsRefused() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.frame(7, 0, Frame.Type.DATA.code(), new byte[7]);
                }))
        .contains("the ranks do not make the same steps");
  }

  @Test
  void aMessageThatAnnouncesMoreThanTheLimitIsRefused() throws IOException {
    byte[] length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 40).array();
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.frame(8, 0, Frame.Type.DATA.code(), length);
                }))
        .contains("announced a message of 1099511627776 bytes");
  }

  @Test
  void aRepeatedFrameIsRefused() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.frame(8, 1, Frame.Type.DATA.code(), new byte[8]);
                }))
        .contains("frame 1 where frame 0 was due");
  }

  @Test
  void aFlippedBitIsFound() throws IOException {
    byte[] frame = FakeRank.frameBytes(8, 0, Frame.Type.DATA.code(), new byte[8]);
    frame[Frame.HEADER] ^= 4;
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.bytes(frame);
                }))
        .contains("a frame whose checksum is wrong");
  }

  @Test
  void aFrameOfNoKnownTypeIsRefused() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.frame(0, 0, 99, new byte[0]);
                }))
        .contains("a frame of no known type (99)");
  }

  @Test
  void aRankThatClosesIsFoundAtOnce() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.close();
                }))
        .contains("rank 1 (")
        .contains("closed the connection");
  }

  @Test
  void aRankOfAnotherVersionIsRefused() throws IOException {
    ByteBuffer greeting = new Handshake(Rings.SECRET, false).greeting();
    greeting.putInt(Handshake.MAGIC.length, 2);
    byte[] bytes = new byte[Handshake.GREETING];
    greeting.get(0, bytes);
    assertThat(said((fake, zero) -> fake.answer(bytes)))
        .contains("rank 1 (")
        .contains("speaks version 2 of the protocol, this rank 1");
  }

  @Test
  void somethingElseThatListensAtTheAddressOfARankIsNamedAtTheDeadline() throws IOException {
    assertThat(
            said(
                deadlines(Duration.ofSeconds(1), Duration.ofSeconds(1)),
                (fake, zero) -> fake.answer(new byte[Handshake.GREETING])))
        .contains("rank 1 (")
        .contains("could not be reached in ");
  }

  @Test
  void aRankThatJoinsUnderAnotherNumberIsNamedWithBoth() throws IOException {
    Identity zero = new Identity(0, 2, WireFormat.F32, Rings.TRUST.agreement());
    assertThat(said((fake, address) -> fake.acceptAs(zero)))
        .contains("rank 1 (")
        .contains("let this rank join, but is rank 0 by its own account");
  }

  @Test
  void aRankThatIsDoneStaysUntilASlowNeighbourHasReadEverything() throws IOException {
    RingListener listener = RingListener.open(Rings.LOOPBACK);
    int message = Exchange.MOST_BYTES + 1000;
    try (FakeRank fake = new FakeRank()) {
      List<RingAddress> ranks = List.of(listener.address(), fake.address());
      List<Future<Integer>> both =
          Rings.together(
              2,
              rank -> {
                if (rank == 1) {
                  return readLate(fake, ranks.get(0));
                }
                RingDeadlines deadlines = deadlines(Duration.ofSeconds(5), Duration.ofSeconds(2));
                try (Ring ring =
                    Ring.join(
                        listener, ranks, 0, Rings.TRUST, WireFormat.F32, deadlines, line -> {})) {
                  ring.gather(new byte[message]);
                }
                return 0;
              });
      // Two lengths, two pieces and the farewell; rank 0 joins with an empty message.
      int frames = 5 * Frame.HEADER + 2 * Long.BYTES + message;
      assertThat(Rings.results(both)).containsExactly(0, frames);
    }
  }

  /** Takes part in two gatherings with empty messages, gives signs of life, and reads at last. */
  private static int readLate(FakeRank fake, RingAddress zero) {
    try {
      fake.join(zero);
      fake.data(0, 0, new byte[Long.BYTES]);
      fake.data(1, 1, new byte[Long.BYTES]);
      for (int i = 0; i < 25; i++) {
        Cluster.pause(50);
        fake.sign(i);
      }
      return fake.readToEnd().length;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRankThatCannotProveTheSecretIsAnImpostor() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  Handshake handshake = new Handshake(Rings.SECRET, false);
                  byte[] answer = new byte[Handshake.GREETING + Handshake.VERDICT];
                  handshake.greeting().get(answer, 0, Handshake.GREETING);
                  fake.answer(answer);
                }))
        .contains("could not prove that it knows the secret: it is an impostor");
  }
}
