package dev.fovea;

import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers images without holding up who asks: admits at most so many at a time to a queue, refuses
 * further ones at once, and completes the answers on threads where code of the caller may run. Safe
 * for any number of threads. Owns nothing; after the queue is closed, every image is refused.
 */
final class AsyncInference {
  private final BatchQueue queue;
  private final int most;
  private final @Nullable Executor answering;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * Answers from a queue.
   *
   * @param most images without an answer at a time
   * @param answering threads that complete the answers; null for the JDK's common pool
   */
  AsyncInference(BatchQueue queue, int most, @Nullable Executor answering) {
    this.queue = queue;
    this.most = most;
    this.answering = answering;
  }

  /** The number of images that have no answer yet. */
  int waiting() {
    return waiting.get();
  }

  /**
   * Admits one image that a thread will read and queue.
   *
   * @param start begins with that
   * @param value made of the answer, on a thread of those who answer
   */
  <T> CompletableFuture<T> read(
      Supplier<CompletableFuture<Networks.Answer>> start, Function<Networks.Answer, T> value) {
    try {
      queue.admit();
    } catch (IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (!admitted(1)) {
      queue.leave();
      return CompletableFuture.failedFuture(tooMany());
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    CompletableFuture<?> unused =
        start
            .get()
            .whenComplete(
                (answer, failure) -> {
                  left();
                  complete(result, () -> value.apply(answer(answer, failure)));
                });
    return result;
  }

  /**
   * Admits images together or none of them; each fails alone otherwise, and is not computed if its
   * result is cancelled in time.
   *
   * @param items make what is queued
   * @param value made of an item and its answer, on a thread of those who answer
   * @return in the order of the images
   * @throws IllegalArgumentException if they are more than may ever wait at once
   */
  <T> List<CompletableFuture<T>> queue(
      List<Supplier<BatchQueue.Item>> items,
      BiFunction<BatchQueue.Item, Networks.Answer, T> value) {
    if (items.size() > most) {
      throw new IllegalArgumentException(
          "got "
              + Decimals.count(items.size(), "image")
              + " in one request, and at most "
              + most
              + " may wait at once; ask with fewer, or raise ClassifierOptions.waiting");
    }
    boolean admitted = admitted(items.size());
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Supplier<BatchQueue.Item> item : items) {
      answers.add(admitted ? queue(item, value) : CompletableFuture.failedFuture(tooMany()));
    }
    return answers;
  }

  private <T> CompletableFuture<T> queue(
      Supplier<BatchQueue.Item> maker, BiFunction<BatchQueue.Item, Networks.Answer, T> value) {
    try {
      queue.admit();
    } catch (IllegalStateException e) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(e);
    }
    BatchQueue.Item item;
    try {
      item = maker.get();
      queue.submit(item);
    } catch (RuntimeException | Error e) {
      left();
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    CompletableFuture<?> unused =
        item.answer()
            .whenComplete(
                (answer, failure) -> {
                  left();
                  complete(result, () -> value.apply(item, answer(answer, failure)));
                });
    CompletableFuture<?> unusedToo =
        result.whenComplete(
            (response, failure) -> {
              if (!item.answer().isDone()) {
                queue.withdraw(item, new CancellationException("nobody wants the answer"));
              }
            });
    return result;
  }

  private boolean admitted(int images) {
    int now = waiting.get();
    while (images <= most - now) {
      if (waiting.compareAndSet(now, now + images)) {
        return true;
      }
      now = waiting.get();
    }
    return false;
  }

  private RejectedExecutionException tooMany() {
    return new RejectedExecutionException(
        Decimals.count(most, "image")
            + (most == 1 ? " waits" : " wait")
            + " to be classified, which is the limit; try again later, or raise"
            + " ClassifierOptions.waiting");
  }

  private void left() {
    waiting.decrementAndGet();
    queue.leave();
  }

  // Code of the caller must not hold up the threads of the classifier.
  private <T> void complete(CompletableFuture<T> result, Supplier<T> value) {
    elsewhere(
        result,
        () -> {
          try {
            result.complete(value.get());
          } catch (CompletionException e) {
            result.completeExceptionally(e.getCause() == null ? e : e.getCause());
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
  }

  private void elsewhere(CompletableFuture<?> result, Runnable ending) {
    Executor threads = answering;
    try {
      (threads == null ? result.defaultExecutor() : threads).execute(ending);
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private static Networks.Answer answer(
      Networks.@Nullable Answer answer, @Nullable Throwable failure) {
    if (answer != null) {
      return answer;
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    throw new CompletionException(cause);
  }
}
