package dev.fovea.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final double MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  // So that times overflow, as those of nanoTime may.
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final Admission admission = new Admission(0, now::get);

  private int underWay;

  private void pass(double milliseconds) {
    now.addAndGet((long) (milliseconds * MILLISECOND));
  }

  /** Has so many under way, and asks. */
  private boolean admits(int images, int others) {
    for (; underWay > 0; underWay--) {
      admission.ended();
    }
    if (others > 0) {
      assertThat(admission.admits(others)).as("nothing is under way").isTrue();
    }
    boolean taken = admission.admits(images);
    underWay = taken ? others + images : others;
    return taken;
  }

  private static void computes(Admission admission, double milliseconds) {
    for (int i = 0; i < 200; i++) {
      admission.computed(4, (long) (4 * milliseconds * MILLISECOND));
    }
  }

  @Test
  void aBurstIsTakenOnUpToTheLimit() {
    assertThat(admits(1, 63)).isTrue();
    assertThat(admits(8, 56)).isTrue();
    assertThat(admits(9, 56)).isFalse();
  }

  @Test
  void afterARefusalOnlyAFewAreTakenOn() {
    assertThat(admits(1, 64)).isFalse();
    assertThat(admits(1, 2)).isFalse();
    assertThat(admits(1, 1)).isTrue();
    assertThat(admits(2, 1)).isFalse();
  }

  @Test
  void aSecondWithoutRefusalEndsTheOverload() {
    assertThat(admits(1, 64)).isFalse();
    pass(900);
    assertThat(admits(1, 4)).as("and prolongs it").isFalse();
    pass(900);
    assertThat(admission.limit()).isEqualTo(2);
    pass(200);
    assertThat(admission.limit()).isEqualTo(64);
    assertThat(admits(1, 63)).isTrue();
  }

  @Test
  void requestsWithMoreImagesThanTheLimitAreTakenOnWhenNothingIsUnderWay() {
    assertThat(admits(100, 0)).isTrue();
    assertThat(admits(100, 1)).isFalse();
    assertThat(admits(100, 0)).as("under overload too").isTrue();
  }

  @Test
  void burstAndFewFollowTheTimeOfAnImage() {
    computes(admission, 8);
    assertThat(admission.limit()).as("images in a second").isEqualTo(125);
    assertThat(admits(1, 125)).isFalse();
    assertThat(admission.limit()).isEqualTo(2);
    computes(admission, 0.49);
    assertThat(admission.limit()).as("images in 5 ms").isEqualTo(10);
    pass(1000);
    assertThat(admission.limit()).as("the largest burst").isEqualTo(1024);
  }

  /** Requests come at a constant rate and are answered at another; the number taken on at most. */
  private int mostUnderWay(double arrivals, double answers, double seconds) {
    computes(admission, 1000 / answers);
    double answered = 0;
    int most = 0;
    for (int i = 0; i < arrivals * seconds; i++) {
      pass(1000 / arrivals);
      for (answered += answers / arrivals; answered >= 1; answered--) {
        if (underWay > 0) {
          underWay--;
          admission.ended();
        }
      }
      if (admission.admits(1)) {
        most = Math.max(most, ++underWay);
      }
    }
    return most;
  }

  @Test
  void overloadIsSeenBeforeTheLimitIsReached() {
    assertThat(mostUnderWay(180, 60, 10)).isBetween(8, 25);
    assertThat(admission.limit()).isEqualTo(2);
  }

  @Test
  void aFastModelSeesItToo() {
    assertThat(mostUnderWay(360, 120, 10)).isBetween(8, 45);
    assertThat(admission.limit()).isEqualTo(2);
  }

  @Test
  void loadBelowWhatIsAnsweredIsNoOverload() {
    assertThat(mostUnderWay(55, 60, 10)).isLessThan(8);
    assertThat(admission.limit()).isEqualTo(64);
  }

  @Test
  void clientsThatWaitForTheirAnswersAreNoOverload() {
    computes(admission, 16);
    int clients = 48;
    for (int i = 0; i < clients; i++) {
      pass(0.8);
      assertThat(admission.admits(1)).isTrue();
    }
    for (int batch = 0; batch < 200; batch++) {
      pass(120);
      for (int i = 0; i < 8; i++) {
        admission.ended();
      }
      for (int i = 0; i < 8; i++) {
        pass(0.5);
        assertThat(admission.admits(1)).isTrue();
      }
    }
  }

  @Test
  void manyThreadsTogetherGetNoMoreThanTheLimit() throws Exception {
    Admission five = new Admission(5, now::get);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Boolean>> asking = Collections.nCopies(400, () -> five.admits(1));
      int taken = 0;
      for (Future<Boolean> one : threads.invokeAll(asking)) {
        taken += one.get() ? 1 : 0;
      }
      assertThat(taken).isEqualTo(5);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aLimitThatWasGivenHoldsWhateverComes() {
    Admission one = new Admission(3, now::get);
    assertThat(one.admits(3)).isTrue();
    assertThat(one.admits(1)).isFalse();
    one.ended();
    assertThat(one.admits(1)).isTrue();
    assertThat(one.limit()).isEqualTo(3);
  }
}
