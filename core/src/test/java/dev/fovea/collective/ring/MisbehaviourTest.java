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
      new RingDeadlines(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(5));

  private interface Deeds {
    void of(FakeRank fake, RingAddress zero) throws IOException;
  }

  /** What rank 0 says of a rank 1 that does these things. */
  private static String said(Deeds deeds) throws IOException {
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
                Ring.join(listener, ranks, 0, Rings.TRUST, WireFormat.F32, IMPATIENT, line -> {})
                    .close();
                return "";
              });
      return Rings.failure(both.get(0));
    }
  }

  @Test
  void aRankThatJoinsAndThenSaysNothingIsFoundByItsSilence() throws IOException {
    assertThat(said(FakeRank::join))
        .contains("rank 1 (127.0.0.1:")
        .contains("has not answered for 4.")
        .contains("its process is stopped, its machine hangs or the network is cut");
  }

  @Test
  void aFrameOfNegativeOrHugeLengthIsRefusedBeforeMemoryIsTaken() throws IOException {
    for (int length : new int[] {-1, Integer.MAX_VALUE, Exchange.MOST_BYTES + 1}) {
      assertThat(
              said(
                  (fake, zero) -> {
                    fake.join(zero);
                    fake.frame(length, 0, Link.Type.DATA.code(), new byte[0]);
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
                  fake.frame(7, 0, Link.Type.DATA.code(), new byte[7]);
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
                  fake.frame(8, 0, Link.Type.DATA.code(), length);
                }))
        .contains("announced a message of 1099511627776 bytes");
  }

  @Test
  void aRepeatedFrameIsRefused() throws IOException {
    assertThat(
            said(
                (fake, zero) -> {
                  fake.join(zero);
                  fake.frame(8, 1, Link.Type.DATA.code(), new byte[8]);
                }))
        .contains("frame 1 where frame 0 was due");
  }

  @Test
  void aFlippedBitIsFound() throws IOException {
    byte[] frame = FakeRank.frameBytes(8, 0, Link.Type.DATA.code(), new byte[8]);
    frame[Link.HEADER] ^= 4;
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
    assertThat(said((fake, zero) -> fake.answer(new byte[Handshake.GREETING])))
        .contains("rank 1 (")
        .contains("could not be reached in 5.");
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
