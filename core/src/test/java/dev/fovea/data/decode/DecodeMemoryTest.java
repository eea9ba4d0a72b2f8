package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DecodeMemoryTest {
  private static final long MIB = 1L << 20;

  @Test
  void noMoreLargeImagesAreDecodedAtOnceThanFit() throws InterruptedException {
    DecodeMemory memory = new DecodeMemory(310 * MIB);
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 20; i++) {
                  try (DecodeMemory.Claim claim = memory.claim(100 * MIB)) {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Thread.onSpinWait();
                    now.decrementAndGet();
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(most.get()).isBetween(1, 3);
    assertThat(now.get()).isZero();
  }

  @Test
  void anImageLargerThanEverythingGoesAloneAndSmallOnesPass() throws InterruptedException {
    DecodeMemory memory = new DecodeMemory(100 * MIB);
    CountDownLatch second = new CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              try (DecodeMemory.Claim claim = memory.claim(50 * MIB)) {
                second.countDown();
              }
            });
    try (DecodeMemory.Claim claim = memory.claim(5000 * MIB)) {
      other.start();
      memory.claim(MIB).close();
      assertThat(second.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    other.join();
    assertThat(second.getCount()).isZero();
  }

  @Test
  void theLimitsFollowTheMegapixels() {
    assertThat(DecodeLimits.STANDARD).isEqualTo(DecodeLimits.ofMegapixels(250));
    assertThat(DecodeLimits.ofMegapixels(10).maxPixels()).isEqualTo(10_000_000);
    assertThat(DecodeLimits.ofMegapixels(10).maxBytes()).isEqualTo(128 * MIB);
    assertThat(DecodeLimits.ofMegapixels(700).maxBytes()).isEqualTo(700_000_000);
    assertThatThrownBy(() -> DecodeLimits.ofMegapixels(0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 to 715 megapixels, got 0");
    assertThatThrownBy(() -> DecodeLimits.ofMegapixels(716)).isInstanceOf(DataException.class);
  }
}
