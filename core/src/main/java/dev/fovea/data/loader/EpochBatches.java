package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Interruption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one epoch, filled by worker threads.
 *
 * <p>Implementation notes: workers take chunks of a batch in order, so several threads fill one
 * batch and the first is ready early. A batch is opened only when a buffer is free, which bounds
 * the queue. All state is guarded by the loader's lock; images are made outside it. Workers are
 * never interrupted, because an interrupt would close the file channel they share.
 */
final class EpochBatches implements Loader.Batches {
  private static final int LARGEST_CHUNK = 16;

  private final Loader loader;
  private final int epoch;
  private final int[] order;
  private final int batches;
  private int chunk = LARGEST_CHUNK;
  private final Object lock;
  private final List<Thread> workers = new ArrayList<>();
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private final int stride;
  private int nextToOpen;
  private int nextToGive;
  private @Nullable Pending filling;
  private @Nullable Throwable failure;
  private boolean awaited;
  private volatile boolean closed;

  EpochBatches(Loader loader, int epoch, int[] order, int firstBatch) {
    this.loader = loader;
    this.epoch = epoch;
    this.order = order;
    this.batches = loader.batchesPerEpoch();
    this.lock = loader.lock();
    RankShare share = loader.share();
    this.stride = loader.isTraining() ? 1 : share.ranks();
    this.nextToOpen = firstBatch + (loader.isTraining() ? 0 : share.rank());
    this.nextToGive = nextToOpen;
  }

  void start(int threads) {
    chunk = loader.chunk(LARGEST_CHUNK);
    for (int t = 0; t < threads; t++) {
      Thread worker = new Thread(this::work, "fovea-loader-" + t);
      worker.setDaemon(true);
      workers.add(worker);
      worker.start();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** A batch that is being filled or waits to be returned. */
  private static final class Pending {
    final int number;
    final int first;
    final int places;
    final BatchBuffer buffer;
    int taken;
    int done;
    int count;
    float share = 1;
    boolean ready;

    Pending(int number, int first, int places, BatchBuffer buffer) {
      this.number = number;
      this.first = first;
      this.places = places;
      this.buffer = buffer;
    }
  }

  private record Chunk(Pending batch, int from, int to) {}

  private void work() {
    BatchBuffer.Row row = new BatchBuffer.Row(loader.format());
    try {
      for (Chunk chunk = take(); chunk != null; chunk = take()) {
        for (int place = chunk.from; place < chunk.to && !closed; place++) {
          fill(chunk.batch, place, row);
        }
        if (isLast(chunk)) {
          complete(chunk.batch);
        }
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } catch (InterruptedException e) {
      fail(
          new DataException(
              "worker thread " + Thread.currentThread().getName() + " was interrupted", e));
    }
  }

  private boolean isLast(Chunk chunk) {
    synchronized (lock) {
      chunk.batch.done += chunk.to - chunk.from;
      return chunk.batch.done == chunk.batch.places;
    }
  }

  // Only the thread that finished the last image accesses the batch now.
  private void complete(Pending p) {
    int count = p.buffer.close(p.places);
    float share = loader.mix(p.buffer, count, epoch, p.number);
    synchronized (lock) {
      p.count = count;
      p.share = share;
      p.ready = true;
      lock.notifyAll();
    }
  }

  private void fail(Throwable e) {
    synchronized (lock) {
      if (failure == null) {
        failure = e;
      }
      lock.notifyAll();
    }
  }

  private @Nullable Chunk take() throws InterruptedException {
    synchronized (lock) {
      while (true) {
        if (closed || failure != null) {
          return null;
        }
        if (!loader.mayWork(awaited)) {
          lock.wait();
          continue;
        }
        Pending p = filling;
        if (p != null && p.taken < p.places) {
          int from = p.taken;
          p.taken = Math.min(p.places, from + chunk);
          return new Chunk(p, from, p.taken);
        }
        if (nextToOpen >= batches) {
          return null;
        }
        BatchBuffer buffer = loader.free().poll();
        if (buffer == null) {
          lock.wait();
        } else {
          open(buffer);
        }
      }
    }
  }

  private void open(BatchBuffer buffer) {
    int size = loader.format().batch();
    int part = loader.isTraining() ? (int) loader.share().part(nextToOpen) : nextToOpen;
    int first = part * size;
    buffer.clear();
    Pending p = new Pending(nextToOpen, first, Math.min(size, order.length - first), buffer);
    nextToOpen += stride;
    filling = p;
    pending.add(p);
  }

  private void fill(Pending p, int place, BatchBuffer.Row row) {
    int wanted = order[p.first + place];
    int item = wanted;
    while (true) {
      try {
        loader.make(item, epoch, row);
        p.buffer.store(place, item, loader.dataset().label(item), row);
        return;
      } catch (DataException e) {
        loader.badImages().report(item, e);
      }
      item = (item + 1) % order.length;
      if (!loader.isTraining() || item == wanted) {
        return;
      }
    }
  }

  @Override
  public boolean hasNext() {
    return !closed && nextToGive < batches;
  }

  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("epoch " + epoch + " has no batch " + nextToGive);
    }
    Pending ready;
    synchronized (lock) {
      awaited = true;
      lock.notifyAll();
      try {
        ready = await();
      } finally {
        awaited = false;
      }
      pending.remove();
    }
    nextToGive += stride;
    return new Batch(loader.dataset(), ready.number, ready.count, ready.share, ready.buffer);
  }

  private Pending await() {
    while (true) {
      if (failure instanceof DataException e) {
        throw new DataException(String.valueOf(e.getMessage()), e);
      }
      if (failure != null) {
        throw new IllegalStateException(
            "a loader thread failed in epoch " + epoch + ": " + failure, failure);
      }
      Pending head = pending.peek();
      if (head != null && head.ready) {
        return head;
      }
      if (head == null && loader.free().isEmpty()) {
        throw new IllegalStateException(
            "all "
                + loader.buffers()
                + " batches of the loader are in use; close a batch before asking for the next");
      }
      try {
        lock.wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DataException(
            "interrupted while waiting for batch " + nextToGive + " of epoch " + epoch, e);
      }
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    synchronized (lock) {
      lock.notifyAll();
    }
    workers.forEach(Interruption::join);
    synchronized (lock) {
      pending.forEach(p -> loader.free().add(p.buffer));
      pending.clear();
    }
  }
}
