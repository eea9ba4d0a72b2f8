package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class RingFaultsTest {
  private static final int LONG = 3_000_000;

  private static RingDeadlines operationWithin(long millis) {
    return new RingDeadlines(
        Duration.ofSeconds(20), Duration.ofSeconds(10), Duration.ofMillis(millis));
  }

  private static List<Future<String>> attempt(int size, Steps steps) {
    return Rings.attempt(
        size,
        WireFormat.F32,
        Rings.DEADLINES,
        ring -> {
          steps.run(ring);
          return "done";
        });
  }

  private interface Steps {
    void run(Ring ring);
  }

  private static void sum(Ring ring, int length) {
    ring.sum(FloatBuffer.allocate(length));
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void aRankThatFailsIsNamedWithItsReasonByAllOthers(int size) {
    List<Future<String>> all =
        attempt(
            size,
            ring -> {
              sum(ring, 5);
              if (ring.rank() == 1) {
                pause(200);
                ring.fail("the loss is NaN\n\u009b\u2028in epoch 3");
                return;
              }
              sum(ring, LONG);
            });
    for (int rank = 0; rank < size; rank++) {
      if (rank != 1) {
        assertThat(Rings.failure(all.get(rank)))
            .startsWith(
                "operation 2, a sum of 3000000 values, was not completed: rank 1 (127.0.0.1:")
            .contains(") failed: the loss is NaN in epoch 3. See the output of rank 1");
      }
    }
  }

  @Test
  void aFailureWhileOthersComputeIsToldAtTheirNextOperation() {
    List<Future<String>> all =
        attempt(
            4,
            ring -> {
              if (ring.rank() == 2) {
                ring.fail("its disk is full");
                return;
              }
              pause(1000);
              sum(ring, 1);
            });
    for (int rank : new int[] {0, 1, 3}) {
      assertThat(Rings.failure(all.get(rank))).contains("rank 2 (").contains("its disk is full");
    }
  }

  @Test
  void theFirstOfSeveralFailuresIsTheOneThatIsTold() {
    List<Future<String>> all =
        attempt(
            3,
            ring -> {
              if (ring.rank() == 0) {
                ring.fail("it was first");
                return;
              }
              pause(500);
              ring.fail("it was later");
              sum(ring, 1);
            });
    assertThat(Rings.failure(all.get(1))).contains("rank 0 (").contains("it was first");
    assertThat(Rings.failure(all.get(2))).contains("rank 0 (").contains("it was first");
  }

  @Test
  void aRankThatMakesFewerStepsIsNamed() {
    List<Future<String>> all =
        attempt(
            3,
            ring -> {
              sum(ring, 20_000);
              if (ring.rank() != 1) {
                sum(ring, 20_000);
              }
            });
    for (int rank : new int[] {0, 2}) {
      assertThat(Rings.failure(all.get(rank)))
          .contains("rank 1 (")
          .contains("left the ring before operation 2")
          .contains("start all with the same settings and data");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 20_000})
  void ranksThatMakeOtherOperationsAreToldSo(int other) {
    List<Future<String>> all = attempt(2, ring -> sum(ring, ring.rank() == 0 ? 5 : other));
    assertThat(Rings.failure(all.get(0)))
        .contains("a sum of 5 values")
        .contains("a sum of " + other + " values")
        .contains("the ranks do not make the same steps");
  }

  @Test
  void aSumAgainstAGatheringIsRefused() {
    List<Future<String>> all =
        attempt(
            2,
            ring -> {
              if (ring.rank() == 0) {
                sum(ring, 5);
              } else {
                ring.gather(new byte[5]);
              }
            });
    assertThat(Rings.failure(all.get(0))).contains("a gathering of messages");
    assertThat(Rings.failure(all.get(1))).contains("the ranks do not make the same steps");
  }

  @Test
  void aRankThatIsAliveButLateIsNamedAtTheDeadlineOfTheOperation() {
    List<Future<String>> all =
        Rings.attempt(
            4,
            WireFormat.F32,
            operationWithin(1000),
            ring -> {
              if (ring.rank() == 2) {
                pause(2500);
              }
              sum(ring, LONG);
              return "done";
            });
    for (int rank : new int[] {0, 1, 3}) {
      assertThat(Rings.failure(all.get(rank)))
          .contains("rank 2 (")
          .contains("is alive, but has not begun operation 1, a sum of 3000000 values")
          .contains("allow a longer deadline for operations if it is only slow");
    }
    assertThat(Rings.failure(all.get(2))).contains("rank 2 (");
  }

  @Test
  void aSlowRankIsWaitedForBeyondTheTimeOfSilence() {
    RingDeadlines shortSilence =
        new RingDeadlines(Duration.ofSeconds(20), Duration.ofSeconds(1), Duration.ofSeconds(30));
    List<Future<String>> all =
        Rings.attempt(
            3,
            WireFormat.F32,
            shortSilence,
            ring -> {
              pause(ring.rank() * 1100L);
              sum(ring, LONG);
              return "done";
            });
    assertThat(Rings.results(all)).containsOnly("done");
  }

  @Test
  void anInterruptedRankEndsTheRingAndStaysInterrupted() {
    CompletableFuture<Thread> victim = new CompletableFuture<>();
    List<Future<String>> all =
        Rings.attempt(
            2,
            WireFormat.F32,
            Rings.DEADLINES,
            ring -> {
              if (ring.rank() == 0) {
                victim.complete(Thread.currentThread());
                try {
                  sum(ring, LONG);
                } finally {
                  assertThat(Thread.interrupted()).isTrue();
                }
              } else {
                Thread target = victim.join();
                pause(200);
                target.interrupt();
                pause(200);
                sum(ring, LONG);
              }
              return "done";
            });
    for (Future<String> one : all) {
      assertThat(Rings.failure(one)).contains("rank 0 (").contains("its thread was interrupted");
    }
  }

  @Test
  void afterAFailureTheThreadEndsByItselfAndEveryOperationTellsTheSame() {
    List<Future<String>> all =
        attempt(
            2,
            ring -> {
              // One that still joined would fail there.
              sum(ring, 1);
              if (ring.rank() == 1) {
                ring.fail("it has had enough");
              }
              for (int i = 0; i < 3; i++) {
                try {
                  sum(ring, 1);
                } catch (dev.fovea.collective.CollectiveException e) {
                  assertThat(e).hasMessageContaining("it has had enough");
                }
              }
              long until = System.nanoTime() + 10_000_000_000L;
              while (ring.thread() != null && System.nanoTime() < until) {
                pause(10);
              }
              assertThat(ring.thread()).isNull();
            });
    assertThat(Rings.results(all)).containsOnly("done");
  }

  @Test
  void aRingThatAnotherThreadClosesDoesNotPassForSummed() {
    List<Future<String>> all =
        attempt(
            2,
            ring -> {
              if (ring.rank() == 1) {
                pause(1000);
                return;
              }
              Thread closer =
                  new Thread(
                      () -> {
                        pause(300);
                        ring.close();
                      });
              closer.start();
              assertThatThrownBy(() -> sum(ring, LONG))
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContaining("was closed before operation 1 was complete");
            });
    assertThat(Rings.results(all)).containsOnly("done");
  }

  @Test
  void timeInWhichTheProcessWasStoppedCountsAsOneStep() {
    LivedTime time = new LivedTime(20);
    pause(300);
    assertThat(time.tick()).isEqualTo(20);
    assertThat(time.millis()).isEqualTo(20);
  }

  @Test
  void timeOfALookupCountsInFull() {
    LivedTime time = new LivedTime(20);
    pause(100);
    time.tickInFull();
    assertThat(time.millis()).isGreaterThanOrEqualTo(99);
  }
}
