package dev.fovea.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.MemoryRanks;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ExchangeThreadTest {
  private static FloatBuffer floats(float... values) {
    return FloatBuffer.wrap(values);
  }

  @Test
  void meansSumsAndMessagesKeepTheirOrderAndTheirResults() {
    List<List<Float>> results =
        MemoryRanks.run(
            3,
            collective -> {
              try (ExchangeThread thread = new ExchangeThread(collective)) {
                float own = collective.rank() + 1;
                FloatBuffer part = floats(100, own, 2 * own, 100).position(1).limit(3);
                FloatBuffer last = floats(3 * own);
                FloatBuffer sum = floats(own, 7);
                thread.mean(part);
                thread.sum(sum);
                thread.mean(last);
                byte[] of = thread.gather(new byte[] {(byte) collective.rank()}).get(2);
                thread.await();
                assertThat(part.position()).isEqualTo(1);
                assertThat(thread.bytes()).isEqualTo(4 * 5 + 1);
                return List.of(
                    part.get(0),
                    part.get(1),
                    part.get(2),
                    sum.get(0),
                    sum.get(1),
                    last.get(0),
                    (float) of[0]);
              }
            });
    assertThat(results).hasSize(3).allMatch(List.of(100f, 2f, 4f, 6f, 21f, 6f, 2f)::equals);
  }

  @Test
  void afterAFailureNothingIsTriedAndEveryCallSaysWhy() {
    List<String> calls = Collections.synchronizedList(new ArrayList<>());
    Collective broken = new Recorded(calls, new CountDownLatch(0), true);
    try (ExchangeThread thread = new ExchangeThread(broken)) {
      thread.mean(floats(1));
      thread.mean(floats(1));
      assertThatThrownBy(thread::await)
          .isInstanceOf(CollectiveException.class)
          .hasMessage("rank 1 is gone");
      assertThatThrownBy(() -> thread.gather(new byte[0]))
          .isInstanceOf(CollectiveException.class)
          .hasMessage("rank 1 is gone");
      thread.fail("the end");
    }
    assertThat(calls).containsExactly("sum", "the end");
  }

  @Test
  void anInterruptOfTheCallerIsAFailureThatTheOtherRanksHearOf() {
    List<String> calls = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch rankOne = new CountDownLatch(1);
    try (ExchangeThread thread = new ExchangeThread(new Recorded(calls, rankOne, false))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> thread.sum(floats(1)))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("interrupted while waiting for the other ranks");
      assertThat(Thread.interrupted()).isTrue();
      rankOne.countDown();
      assertThatThrownBy(() -> thread.gather(new byte[0]))
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("interrupted while waiting for the other ranks");
    }
    assertThat(calls)
        .doesNotContain("gather")
        .contains("its thread was interrupted while it waited for the other ranks");
  }

  /** Rank 0 of two; its calls are recorded, and its sums wait for rank 1 and may fail. */
  private record Recorded(List<String> calls, CountDownLatch rankOne, boolean fails)
      implements Collective {
    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public void sum(FloatBuffer values) {
      calls.add("sum");
      try {
        assertThat(rankOne.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (fails) {
        throw new CollectiveException("rank 1 is gone");
      }
    }

    @Override
    public List<byte[]> gather(byte[] own) {
      calls.add("gather");
      return List.of(own, own);
    }

    @Override
    public void fail(String reason) {
      calls.add(reason);
    }

    @Override
    public void close() {
      calls.add("closed");
    }
  }
}
