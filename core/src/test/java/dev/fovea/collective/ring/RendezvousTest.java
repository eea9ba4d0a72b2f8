package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.collective.CollectiveException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who becomes part of a ring, and who does not. */
@Timeout(120)
class RendezvousTest {
  private static final RingDeadlines IMPATIENT = impatient(Duration.ofSeconds(3));

  private static RingDeadlines impatient(Duration connect) {
    return new RingDeadlines(
        connect, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(1));
  }

  /** What differs from rank to rank. */
  private interface Difference {
    Ring join(RingListener listener, List<RingAddress> ranks, int rank);
  }

  private static Ring join(
      RingListener listener, List<RingAddress> ranks, int rank, RingTrust trust, WireFormat wire) {
    return Ring.join(listener, ranks, rank, trust, wire, IMPATIENT, line -> {});
  }

  /** The failures of all ranks. */
  private static List<String> failures(int size, Difference difference) {
    List<RingListener> listeners = Rings.listeners(size);
    List<RingAddress> ranks = Rings.addresses(listeners);
    List<Future<String>> all =
        Rings.together(
            size,
            rank -> {
              try (Ring ring = difference.join(listeners.get(rank), ranks, rank)) {
                return "rank " + ring.rank() + " joined";
              }
            });
    return all.stream().map(Rings::failure).toList();
  }

  @Test
  void ranksWithOtherSettingsDoNotJoinAndAllRanksHearOfIt() {
    RingTrust other = RingTrust.of(Rings.SECRET, "other settings");
    List<String> said =
        failures(
            4,
            (listener, ranks, rank) ->
                join(listener, ranks, rank, rank == 1 ? other : Rings.TRUST, WireFormat.F32));
    assertThat(said)
        .allMatch(text -> text.startsWith("the ranks did not come together: "))
        .allMatch(text -> text.contains("runs with other settings, data or version"));
  }

  @Test
  void aRankWithAnotherSecretIsNamed() {
    RingTrust other =
        RingTrust.of(RingSecret.of("x".repeat(32), "another secret"), "the same settings");
    List<String> said =
        failures(
            2,
            (listener, ranks, rank) ->
                join(listener, ranks, rank, rank == 1 ? other : Rings.TRUST, WireFormat.F32));
    assertThat(said).allMatch(text -> text.contains("has another secret than this rank"));
  }

  @Test
  void ranksThatDifferInTheWireFormatAreToldSo() {
    List<String> said =
        failures(
            2,
            (listener, ranks, rank) ->
                join(
                    listener,
                    ranks,
                    rank,
                    Rings.TRUST,
                    rank == 1 ? WireFormat.BF16 : WireFormat.F32));
    assertThat(said.get(0)).contains("rank 1 (").contains("sends BF16, this rank F32");
  }

  @Test
  void ranksThatDifferInTheNumberOfRanksAreToldSo() {
    List<String> pair =
        failures(
            2,
            (listener, ranks, rank) -> {
              List<RingAddress> three = new ArrayList<>(ranks);
              three.add(ranks.get(0));
              return join(listener, rank == 0 ? ranks : three, rank, Rings.TRUST, WireFormat.F32);
            });
    assertThat(pair.get(0))
        .contains("belongs to a ring of 3 ranks, this rank to one of 2")
        .contains("give all ranks the same list");
  }

  @Test
  void aSecondProcessWithTheNumberOfAnotherIsRefusedAndTheRingGoesOn() {
    List<RingListener> listeners = Rings.listeners(4);
    List<RingAddress> ranks = Rings.addresses(listeners.subList(0, 3));
    CountDownLatch refused = new CountDownLatch(1);
    List<Future<Float>> all =
        Rings.together(
            4,
            task -> {
              boolean isDouble = task == 3;
              try {
                if (isDouble) {
                  pause(1000);
                } else if (task == 2) {
                  refused.await();
                }
                int rank = isDouble ? 0 : task;
                try (Ring ring =
                    Ring.join(
                        listeners.get(task),
                        ranks,
                        rank,
                        Rings.TRUST,
                        WireFormat.F32,
                        Rings.DEADLINES,
                        line -> {})) {
                  FloatBuffer values = FloatBuffer.wrap(new float[] {task + 1});
                  ring.sum(values);
                  return values.get(0);
                }
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              } finally {
                if (isDouble) {
                  refused.countDown();
                }
              }
            });
    assertThat(Rings.failure(all.get(3)))
        .contains("rank 1 (")
        .contains("has already been joined by another rank 0");
    assertThat(Rings.results(all.subList(0, 3))).containsOnly(6f);
  }

  @Test
  void theMissingRankIsNamedAtTheDeadlineWithWhatHappened() {
    List<String> said =
        failures(
            3,
            (listener, ranks, rank) -> {
              if (rank == 2) {
                listener.close();
                throw new CollectiveException("this one does not come");
              }
              // Rank 0, which waits to be connected to, hears it from rank 1, which tries to
              // connect.
              RingDeadlines deadlines = impatient(Duration.ofMillis(rank == 1 ? 1500 : 60_000));
              return Ring.join(
                  listener, ranks, rank, Rings.TRUST, WireFormat.F32, deadlines, line -> {});
            });
    assertThat(said.get(0) + said.get(1))
        .contains("rank 2 (127.0.0.1:")
        .contains("could not be reached in ")
        .contains("Connection refused");
    assertThat(said.subList(0, 2)).allMatch(text -> text.contains("rank 2 ("));
  }

  @Test
  void strangersAreDroppedAndLoggedAndDoNotHoldUpTheRanks() throws IOException {
    List<RingListener> listeners = Rings.listeners(2);
    List<RingAddress> ranks = Rings.addresses(listeners);
    List<String> log = Rings.log();
    List<Socket> strangers = new ArrayList<>();
    List<Future<String>> both =
        Rings.together(
            2,
            rank -> {
              if (rank == 1) {
                besiege(ranks.get(0), strangers);
              }
              try (Ring ring =
                  Ring.join(
                      listeners.get(rank),
                      ranks,
                      rank,
                      Rings.TRUST,
                      WireFormat.F32,
                      Rings.DEADLINES,
                      log::add)) {
                ring.sum(FloatBuffer.allocate(20_000));
                return "joined";
              }
            });
    assertThat(Rings.results(both)).containsOnly("joined");
    assertThat(log)
        .anyMatch(line -> line.contains("what it sent is no greeting of a rank"))
        .anyMatch(line -> line.contains("it does not know the secret"))
        .anyMatch(line -> line.contains("it speaks version 7"))
        .anyMatch(line -> line.contains("more than 64 connections said nothing"))
        .allMatch(line -> line.startsWith("rank 0: ") && line.length() < 300);
    assertThat(log.size()).isLessThan(25);
    assertThat(log).filteredOn(line -> line.contains("more connections were dropped")).hasSize(1);
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }

  /** Garbage, a replay, another version, another secret, and a thousand who say nothing. */
  private static void besiege(RingAddress target, List<Socket> strangers) {
    try {
      Socket garbage = FakeRank.connect(target);
      strangers.add(garbage);
      FakeRank.send(garbage, ByteBuffer.wrap(new byte[5000]));
      replay(target, strangers);
      Socket version = FakeRank.connect(target);
      strangers.add(version);
      FakeRank.send(
          version, new Handshake(Rings.SECRET, true).greeting().putInt(Handshake.MAGIC.length, 7));
      pause(300);
      for (int i = 0; i < 1000; i++) {
        strangers.add(FakeRank.connect(target));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void replay(RingAddress target, List<Socket> strangers) throws IOException {
    Handshake handshake = new Handshake(Rings.SECRET, true);
    Socket first = FakeRank.connect(target);
    strangers.add(first);
    FakeRank.send(first, handshake.greeting());
    handshake.readGreeting(FakeRank.read(first, Handshake.GREETING));
    Socket second = FakeRank.connect(target);
    strangers.add(second);
    FakeRank.send(second, handshake.greeting());
    FakeRank.send(second, handshake.claim(FakeRank.identity(), 0));
    FakeRank.read(second, Handshake.GREETING);
    ByteBuffer verdict = FakeRank.read(second, Handshake.VERDICT);
    assertThat(verdict.getInt(0)).isEqualTo(Handshake.Verdict.OTHER_SECRET.code());
    byte[] rest = new byte[Handshake.VERDICT - 4];
    verdict.get(4, rest);
    assertThat(rest).as("what a stranger learns").containsOnly(0);
  }

  @Test
  void anErrorOnTheThreadOfTheRingIsTheCauseOfWhatTheCallerGets() throws IOException {
    List<RingListener> listeners = Rings.listeners(2);
    List<RingAddress> ranks = Rings.addresses(listeners);
    IllegalStateException full = new IllegalStateException("the log is full");
    try (RingListener silent = listeners.get(1);
        Socket stranger = FakeRank.connect(ranks.get(0))) {
      FakeRank.send(stranger, ByteBuffer.allocate(Handshake.GREETING));
      assertThatThrownBy(
              () ->
                  Ring.join(
                      listeners.get(0),
                      ranks,
                      0,
                      Rings.TRUST,
                      WireFormat.F32,
                      IMPATIENT,
                      line -> {
                        throw full;
                      }))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("this rank, rank 0 (" + ranks.get(0) + ") cannot go on:")
          .hasMessageContaining("the log is full")
          .hasCause(full);
      assertThat(silent.address()).isEqualTo(ranks.get(1));
    }
  }

  @Test
  void aListenerRefusesAllInterfacesAndAddressesOfOthers() {
    assertThatThrownBy(() -> RingListener.open(new RingAddress("0.0.0.0", 0)))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("every network of this machine");
    assertThatThrownBy(() -> RingListener.open(new RingAddress("::", 0)))
        .hasMessageContaining("every network of this machine");
    assertThatThrownBy(() -> RingListener.open(new RingAddress("203.0.113.7", 0)))
        .hasMessageContaining("expected an address of this machine");
    try (RingListener taken = RingListener.open(Rings.LOOPBACK)) {
      assertThatThrownBy(() -> RingListener.open(taken.address()))
          .hasMessageContaining("a port that no other process has");
    }
  }

  @Test
  void aLoopbackAddressAmongOthersIsRefusedAtOnce() {
    RingListener listener = RingListener.open(Rings.LOOPBACK);
    List<RingAddress> ranks = List.of(listener.address(), new RingAddress("10.1.2.3", 4000));
    assertThatThrownBy(() -> join(listener, ranks, 0, Rings.TRUST, WireFormat.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("which only its own machine can reach");
    RingListener.open(listener.address()).close();
  }

  @Test
  void ranksMeetOverIpVersion6() {
    RingAddress six = new RingAddress("::1", 0);
    List<RingListener> listeners = List.of(RingListener.open(six), RingListener.open(six));
    List<RingAddress> ranks = Rings.addresses(listeners);
    List<Float> sums =
        Rings.results(
            Rings.together(
                2,
                rank -> {
                  try (Ring ring =
                      join(listeners.get(rank), ranks, rank, Rings.TRUST, WireFormat.F32)) {
                    FloatBuffer values = FloatBuffer.wrap(new float[] {1});
                    ring.sum(values);
                    return values.get(0);
                  }
                }));
    assertThat(sums).containsOnly(2f);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
