package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.GraphException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of the others when something fails, with networks that fail on purpose. */
@Timeout(60)
class BatchQueueTest {
  private static final int MANY = 8;

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);

  /** Answers an image with the image, unless told to fail. */
  private static class Echo implements BatchQueue.Inference {
    final List<Integer> batches = new ArrayList<>();
    final CompletableFuture<Thread> thread = new CompletableFuture<>();

    @Override
    public List<Networks.Answer> run(List<float[]> images) {
      thread.complete(Thread.currentThread());
      batches.add(images.size());
      return images.stream().map(i -> new Networks.Answer(i, null)).toList();
    }

    @Override
    public float[] features(float[] image) {
      return image;
    }

    @Override
    public void requireFeatures() {}

    @Override
    public void close() {}
  }

  private static BatchQueue queue(BatchQueue.Inference network) {
    return queue(network, new SharedCores());
  }

  private static BatchQueue queue(BatchQueue.Inference network, SharedCores cores) {
    return new BatchQueue(
        () -> network, MANY, makers(1, new Workers(1, "test-decoder")), cores, (n, d, c) -> {});
  }

  private static BatchQueue.Makers makers(int number, Workers helpers) {
    return new BatchQueue.Makers(number, helpers);
  }

  private static CompletableFuture<Networks.Answer> predict(BatchQueue queue, float value) {
    return queue.submit(false, () -> new float[] {value});
  }

  private static CompletableFuture<Networks.Answer> embed(BatchQueue queue, float value) {
    return queue.submit(true, () -> new float[] {value});
  }

  /** Queues an image that holds up the queue, so that what follows becomes one batch. */
  private CompletableFuture<Networks.Answer> holdUp(BatchQueue queue) throws InterruptedException {
    CompletableFuture<Networks.Answer> first =
        queue.submit(
            false,
            () -> {
              started.countDown();
              await(mayGoOn);
              return new float[] {0};
            });
    started.await();
    return first;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static float logit(CompletableFuture<Networks.Answer> answer) {
    return BatchQueue.await(answer).logits()[0];
  }

  /** Throws anything where the compiler expects nothing, as code in Kotlin does. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException anyway(Throwable failure) throws E {
    throw (E) failure;
  }

  @Test
  void anEmbeddingThatFailsLeavesThePredictionsBesideItAlone() throws Exception {
    Echo network =
        new Echo() {
          @Override
          public float[] features(float[] image) {
            if (image[0] == 2) {
              throw new GraphException("no features of 2");
            }
            return super.features(image);
          }
        };
    try (BatchQueue queue = queue(network)) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      CompletableFuture<Networks.Answer> before = predict(queue, 1);
      CompletableFuture<Networks.Answer> failing = embed(queue, 2);
      CompletableFuture<Networks.Answer> other = embed(queue, 3);
      CompletableFuture<Networks.Answer> after = predict(queue, 4);
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      assertThat(logit(before)).isEqualTo(1);
      assertThat(logit(after)).isEqualTo(4);
      assertThat(BatchQueue.await(other).features()).containsExactly(3);
      assertThatThrownBy(() -> BatchQueue.await(failing)).hasMessage("no features of 2");
      assertThat(network.batches).containsExactly(1, 2);
    }
  }

  @Test
  void predictionsThatFailLeaveTheEmbeddingsBesideThemAlone() throws Exception {
    Echo network =
        new Echo() {
          @Override
          public List<Networks.Answer> run(List<float[]> images) {
            List<Networks.Answer> answers = super.run(images);
            if (images.size() > 1) {
              throw new OutOfMemoryError("no memory for two");
            }
            return answers;
          }
        };
    try (BatchQueue queue = queue(network)) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      CompletableFuture<Networks.Answer> one = predict(queue, 1);
      CompletableFuture<Networks.Answer> embedding = embed(queue, 2);
      CompletableFuture<Networks.Answer> two = predict(queue, 3);
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      assertThat(BatchQueue.await(embedding).features()).containsExactly(2);
      assertThatThrownBy(() -> BatchQueue.await(one)).hasMessage("no memory for two");
      assertThatThrownBy(() -> BatchQueue.await(two)).hasMessage("no memory for two");
      assertThat(logit(predict(queue, 4))).isEqualTo(4);
    }
  }

  @Test
  void aNetworkWithoutFeaturesRefusesToEmbedBeforeAnythingIsQueued() {
    Echo network =
        new Echo() {
          @Override
          public void requireFeatures() {
            throw new GraphException("has only one layer");
          }
        };
    AtomicInteger made = new AtomicInteger();
    try (BatchQueue queue = queue(network)) {
      assertThatThrownBy(() -> queue.submit(true, () -> new float[made.incrementAndGet()]))
          .isInstanceOf(GraphException.class)
          .hasMessage("has only one layer");
      assertThat(logit(predict(queue, 1))).isEqualTo(1);
    }
    assertThat(made).hasValue(0);
  }

  @Test
  void anImageThatFailsInAnyWayFailsAlone() throws Exception {
    try (BatchQueue queue = queue(new Echo())) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      CompletableFuture<Networks.Answer> failing =
          queue.submit(
              false,
              () -> {
                throw BatchQueueTest.<RuntimeException>anyway(new IOException("torn file"));
              });
      CompletableFuture<Networks.Answer> beside = predict(queue, 1);
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      assertThat(logit(beside)).isEqualTo(1);
      assertThatThrownBy(() -> BatchQueue.await(failing)).hasRootCauseMessage("torn file");
    }
  }

  @Test
  void aBatchThatGetsNoThreadForItsImagesFailsAndTheNextIsAnswered() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory scarce =
        task -> {
          // The second helper of the first batch, and no other.
          if (asked.incrementAndGet() == 2) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          return new Thread(task, "test-decoder");
        };
    Echo network = new Echo();
    try (BatchQueue queue =
        new BatchQueue(
            () -> network,
            MANY,
            makers(3, new Workers(2, scarce)),
            new SharedCores(),
            (n, d, c) -> {})) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      List<CompletableFuture<Networks.Answer>> batch = predictions(queue);
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      for (CompletableFuture<Networks.Answer> answer : batch) {
        assertThatThrownBy(() -> BatchQueue.await(answer))
            .isInstanceOf(OutOfMemoryError.class)
            .hasMessage("unable to create native thread");
      }
      List<CompletableFuture<Networks.Answer>> next = predictions(queue);
      assertThat(next.stream().map(BatchQueueTest::logit)).containsExactly(1f, 2f, 3f);
    }
  }

  private static List<CompletableFuture<Networks.Answer>> predictions(BatchQueue queue) {
    return List.of(predict(queue, 1), predict(queue, 2), predict(queue, 3));
  }

  @Test
  void theEndOfTheThreadAnswersAllWhoWaitAndRefusesTheRest() throws Exception {
    Echo network =
        new Echo() {
          @Override
          public List<Networks.Answer> run(List<float[]> images) {
            super.run(images);
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {});
            throw BatchQueueTest.<RuntimeException>anyway(new IOException("device lost"));
          }
        };
    BatchQueue queue = queue(network);
    queue.admit();
    List<CompletableFuture<Networks.Answer>> asked = new ArrayList<>();
    asked.add(holdUp(queue));
    for (int i = 0; i < 3 * MANY; i++) {
      asked.add(predict(queue, i));
    }
    mayGoOn.countDown();
    for (CompletableFuture<Networks.Answer> answer : asked) {
      assertThatThrownBy(() -> BatchQueue.await(answer))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("java.io.IOException: device lost")
          .hasMessageContaining("open the classifier again")
          .hasRootCauseMessage("device lost");
    }
    assertThatThrownBy(queue::admit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("device lost");
    assertThatThrownBy(() -> predict(queue, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("device lost");
    queue.close();
    assertThat(network.thread.join().isAlive()).isFalse();
  }

  @Test
  void closingWaitsForTheEndOfTheThread() {
    Echo network =
        new Echo() {
          @Override
          public void close() {
            try {
              Thread.sleep(100);
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
    BatchQueue queue = queue(network);
    assertThat(logit(predict(queue, 1))).isEqualTo(1);
    queue.close();
    assertThat(network.thread.join().isAlive()).isFalse();
  }

  @Test
  void aNetworkThatCannotBeCompiledIsNoQueue() {
    assertThatThrownBy(
            () ->
                new BatchQueue(
                    () -> {
                      throw new GraphException("cannot compile");
                    },
                    MANY,
                    makers(1, new Workers(1, "test-decoder")),
                    new SharedCores(),
                    (n, d, c) -> {}))
        .isInstanceOf(GraphException.class)
        .hasMessage("cannot compile");
  }

  private static BatchQueue.Item item(Supplier<float[]> image, @Nullable Duration limit) {
    return new BatchQueue.Item(image, false, limit);
  }

  @Test
  void anImageWhoseTimePassesWhileItWaitsIsAnsweredAtOnceAndNeverMade() throws Exception {
    AtomicInteger made = new AtomicInteger();
    Echo network = new Echo();
    try (BatchQueue queue = queue(network)) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      BatchQueue.Item late =
          item(() -> new float[] {made.incrementAndGet()}, Duration.ofMillis(20));
      BatchQueue.Item patient = item(() -> new float[] {5}, Duration.ofDays(365_000));
      queue.submit(late);
      queue.submit(patient);
      assertThatThrownBy(() -> late.answer().get())
          .hasCauseInstanceOf(TimeoutException.class)
          .hasMessageContaining("within 20 ms");
      assertThat(patient.answer()).isNotDone();
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      assertThat(logit(patient.answer())).isEqualTo(5);
    }
    assertThat(made).hasValue(0);
    assertThat(network.batches).containsExactly(1, 1);
  }

  @Test
  void anImageWhoseTimePassesWhileItIsMadeIsNotComputed() throws Exception {
    Echo network = new Echo();
    try (BatchQueue queue = queue(network)) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      CountDownLatch over = new CountDownLatch(1);
      BatchQueue.Item slow =
          item(
              () -> {
                await(over);
                return new float[] {1};
              },
              null);
      queue.submit(slow);
      CompletableFuture<Networks.Answer> beside = predict(queue, 2);
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
      queue.withdraw(slow, new TimeoutException("too late"));
      over.countDown();
      assertThat(logit(beside)).isEqualTo(2);
      assertThatThrownBy(() -> slow.answer().get()).hasRootCauseMessage("too late");
    }
    assertThat(network.batches).containsExactly(1, 1);
  }

  @Test
  void anImageThatNobodyWantsAnyMoreIsNotMade() throws Exception {
    AtomicInteger made = new AtomicInteger();
    try (BatchQueue queue = queue(new Echo())) {
      CompletableFuture<Networks.Answer> first = holdUp(queue);
      BatchQueue.Item unwanted = item(() -> new float[] {made.incrementAndGet()}, null);
      queue.submit(unwanted);
      queue.withdraw(unwanted, new CancellationException("unwanted"));
      assertThat(unwanted.answer()).isCompletedExceptionally();
      mayGoOn.countDown();
      assertThat(logit(first)).isEqualTo(0);
    }
    assertThat(made).hasValue(0);
  }

  /** Answers once the other network of two waits for its turn, as long as it has something left. */
  private static final class Taker extends Echo {
    private final char name;
    private final SharedCores cores;
    private final StringBuilder order;

    Taker(char name, SharedCores cores, StringBuilder order) {
      this.name = name;
      this.cores = cores;
      this.order = order;
    }

    @Override
    public List<Networks.Answer> run(List<float[]> images) {
      order.append(name);
      long others = order.chars().filter(c -> c != name).count();
      while (others < TURNS && cores.waiting() == 0) {
        Thread.onSpinWait();
      }
      return super.run(images);
    }
  }

  private static final int TURNS = 5;

  @Test
  void queuesThatShareTheCoresTakeTurnsBatchByBatchHoweverMuchIsAskedOfOne() throws Exception {
    SharedCores cores = new SharedCores();
    StringBuilder order = new StringBuilder();
    List<CompletableFuture<Networks.Answer>> answers = new ArrayList<>();
    try (BatchQueue busy = queue(new Taker('b', cores, order), cores);
        BatchQueue quiet = queue(new Taker('q', cores, order), cores)) {
      cores.use(
          () -> {
            for (int i = 0; i < 20 * MANY; i++) {
              answers.add(predict(busy, i));
            }
            for (int i = 0; i < TURNS * MANY; i++) {
              answers.add(predict(quiet, i));
            }
            while (cores.waiting() < 2) {
              Thread.onSpinWait();
            }
            return null;
          });
      answers.forEach(BatchQueueTest::logit);
    }
    assertThat(order.toString().replaceFirst("^b?", "")).startsWith("qb".repeat(TURNS - 1) + "q");
    assertThat(order.chars().filter(c -> c == 'b').count()).isEqualTo(20);
  }
}
