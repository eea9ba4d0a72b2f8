package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {
  private static final long MEGA = 1 << 20;

  /** A set of so many pictures, one pixel wide and i + 1 high. */
  private static Dataset set(int size, long bytesOfEach, IntConsumer onRead) {
    return (Dataset)
        Proxy.newProxyInstance(
            ReadAheadTest.class.getClassLoader(),
            new Class<?>[] {Dataset.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "size":
                  return size;
                case "bytes":
                  return bytesOfEach;
                case "name":
                  return "picture " + arguments[0];
                case "picture":
                  onRead.accept((int) arguments[0]);
                  return Image.black(1, (int) arguments[0] + 1);
                default:
                  return null;
              }
            });
  }

  private static void waitUntil(AtomicInteger count, int reached) throws InterruptedException {
    while (count.get() < reached) {
      Thread.sleep(1);
    }
  }

  @Test
  void everyPictureIsReadOnceAndBeforeItIsAskedFor() throws InterruptedException {
    AtomicInteger reads = new AtomicInteger();
    try (ReadAhead ahead = new ReadAhead(set(100, 10, i -> reads.incrementAndGet()))) {
      waitUntil(reads, 32);
      for (int i = 0; i < 100; i++) {
        assertThat(ahead.picture(i).height()).isEqualTo(i + 1);
      }
    }
    assertThat(reads).hasValue(100);
  }

  @Test
  void readingStopsWhenEnoughIsAhead() throws InterruptedException {
    AtomicInteger small = new AtomicInteger();
    AtomicInteger large = new AtomicInteger();
    AtomicInteger huge = new AtomicInteger();
    try (ReadAhead many = new ReadAhead(set(100, 10, i -> small.incrementAndGet()));
        ReadAhead few = new ReadAhead(set(100, 16 * MEGA, i -> large.incrementAndGet()));
        ReadAhead one = new ReadAhead(set(100, 500 * MEGA, i -> huge.incrementAndGet()))) {
      waitUntil(small, 32);
      waitUntil(large, 4);
      waitUntil(huge, 1);
      Thread.sleep(50);
      assertThat(small).hasValue(32);
      assertThat(large).hasValue(4);
      assertThat(huge).hasValue(1);
      assertThat(one.picture(0).height()).isEqualTo(1);
      waitUntil(huge, 2);
    }
  }

  @Test
  void whatCannotBeReadIsToldToTheOneWhoAsks() {
    Dataset broken =
        set(
            3,
            10,
            i -> {
              if (i == 1) {
                throw new DataException("picture 1 is broken");
              }
            });
    try (ReadAhead ahead = new ReadAhead(broken)) {
      assertThat(ahead.picture(0).height()).isEqualTo(1);
      assertThatThrownBy(() -> ahead.picture(1))
          .isInstanceOf(DataException.class)
          .hasMessage("picture 1 is broken");
      assertThat(ahead.picture(2).height()).isEqualTo(3);
    }
  }

  /** Threads that take blocks of pictures ask for some beyond the window. */
  @Test
  void severalThreadsMayAskInAnyOrder() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (ReadAhead ahead = new ReadAhead(set(400, 5 * MEGA, i -> {}))) {
      List<Future<Integer>> sums =
          IntStream.range(0, 4)
              .mapToObj(
                  t ->
                      threads.submit(
                          () ->
                              IntStream.range(100 * t, 100 * t + 100)
                                  .map(i -> ahead.picture(i).height())
                                  .sum()))
              .toList();
      int all = 0;
      for (Future<Integer> sum : sums) {
        all += sum.get(30, TimeUnit.SECONDS);
      }
      assertThat(all).isEqualTo(400 * 401 / 2);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aPictureThatWasTakenIsReadAgain() {
    try (ReadAhead ahead = new ReadAhead(set(5, 10, i -> {}))) {
      assertThat(ahead.picture(2).height()).isEqualTo(3);
      assertThat(ahead.picture(2).height()).isEqualTo(3);
    }
  }

  @Test
  void closingWaitsForTheFileThatIsRead() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    Dataset slow =
        set(
            10,
            10,
            i -> {
              begun.countDown();
              try {
                Thread.sleep(100);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              done.incrementAndGet();
            });
    ReadAhead ahead = new ReadAhead(slow);
    begun.await();
    ahead.close();
    assertThat(done).hasValue(1);
  }
}
