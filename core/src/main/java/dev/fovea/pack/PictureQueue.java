package dev.fovea.pack;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Interruption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Pictures in the order of the pack, encoded ahead on several threads. Holds a few encoded pictures
 * for each thread. Used by one thread.
 */
final class PictureQueue implements AutoCloseable {
  /** Pictures for each thread: enough that a slow one holds up none of the others. */
  private static final int AHEAD = 4;

  private final PictureEncoder encoder;
  private final int[] order;
  private final int ahead;
  private final LinkedBlockingQueue<Work> tasks = new LinkedBlockingQueue<>();
  private final Deque<CompletableFuture<Outcome>> pending = new ArrayDeque<>();
  private final List<Thread> workers = new ArrayList<>();
  private int position;
  private int submitted;

  /** A picture or the reason why there is none. */
  record Outcome(@Nullable PackedPicture picture, @Nullable DataException bad) {}

  private record Work(int item, CompletableFuture<Outcome> result) {}

  private static final Work END = new Work(-1, new CompletableFuture<>());

  /** The pictures {@code order[first]}, {@code order[first + 1]}, ... */
  PictureQueue(PictureEncoder encoder, int[] order, int first, int threads) {
    this.encoder = encoder;
    this.order = order;
    this.position = first;
    this.submitted = first;
    this.ahead = threads * AHEAD;
    for (int t = 0; t < threads; t++) {
      Thread worker = new Thread(this::work, "fovea-packer-" + t);
      worker.setDaemon(true);
      worker.start();
      workers.add(worker);
    }
    submit();
  }

  /** The place in the order of the picture that {@link #next} gives. */
  int position() {
    return position;
  }

  /** The next picture; waits for it. */
  Outcome next() {
    CompletableFuture<Outcome> first = pending.remove();
    position++;
    submit();
    try {
      return first.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException r) {
        throw r;
      } else if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }

  private void submit() {
    while (submitted < order.length && submitted < position + ahead) {
      Work work = new Work(order[submitted++], new CompletableFuture<>());
      pending.add(work.result);
      tasks.add(work);
    }
  }

  private void work() {
    try {
      for (Work work = tasks.take(); work.item >= 0; work = tasks.take()) {
        run(work);
      }
    } catch (InterruptedException e) {
      // Closed while it waited.
      Thread.currentThread().interrupt();
    }
  }

  private void run(Work work) {
    try {
      work.result.complete(new Outcome(encoder.encode(work.item), null));
    } catch (DataException e) {
      work.result.complete(new Outcome(null, e));
    } catch (RuntimeException | Error e) {
      work.result.completeExceptionally(e);
    }
  }

  /** Drops what was encoded ahead and waits for the pictures under way. */
  @Override
  public void close() {
    tasks.clear();
    workers.forEach(w -> tasks.add(END));
    workers.forEach(Interruption::join);
  }
}
