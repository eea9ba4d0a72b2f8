package dev.fovea.eval;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchReader;
import dev.fovea.data.source.Interruption;
import dev.fovea.program.InferenceProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Several networks with the weights of one classifier, each on a thread of its own that reads a
 * batch, runs it and takes the next one: no thread waits for another within a batch. Batches are
 * given out in order.
 *
 * <p>Used by one thread, which takes the answers in order and closes this before the classifier.
 * All state is guarded by the lock; workers are never interrupted.
 */
final class Instances implements AutoCloseable {
  /** Batches per thread that may be ahead of the answer that is taken next. */
  private static final int AHEAD = 4;

  private final Classifier classifier;
  private final BatchReader reader;
  private final int count;
  private final Object lock = new Object();
  private final List<Thread> workers = new ArrayList<>();
  private final Map<Integer, Answer> ready = new HashMap<>();
  private final LongAdder network = new LongAdder();
  private int nextToRun;
  private int nextToTake;
  private @Nullable Throwable failure;
  private boolean closed;

  /**
   * The answers for a batch.
   *
   * @param items the index of each image in the data set, ascending
   * @param logits (N, classes)
   */
  record Answer(int[] items, float[] logits) {}

  private Instances(Classifier classifier, BatchReader reader, int count) {
    this.classifier = classifier;
    this.reader = reader;
    this.count = count;
  }

  /** Starts the threads. */
  static Instances start(Classifier classifier, BatchReader reader, int count) {
    Instances all = new Instances(classifier, reader, count);
    for (int i = 0; i < count; i++) {
      boolean own = i == 0;
      Thread worker = new Thread(() -> all.work(own), "fovea-instance-" + i);
      worker.setDaemon(true);
      all.workers.add(worker);
      worker.start();
    }
    return all;
  }

  /** Waits for the answers of the next batch in order. */
  Answer take() {
    synchronized (lock) {
      while (true) {
        if (failure instanceof RuntimeException e) {
          throw e;
        }
        if (failure instanceof Error e) {
          throw e;
        }
        Answer answer = ready.remove(nextToTake);
        if (answer != null) {
          nextToTake++;
          lock.notifyAll();
          return answer;
        }
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for batch " + nextToTake, e);
        }
      }
    }
  }

  /** Seconds in which networks ran, summed over the threads. */
  double networkSeconds() {
    return network.sum() / 1e9;
  }

  private void work(boolean own) {
    try (InferenceProgram program =
        own ? null : classifier.compile(classifier.graph(), classifier.batch())) {
      BatchReader.Desk desk = reader.desk();
      for (int number = next(); number >= 0; number = next()) {
        float[] logits = new float[classifier.batch() * classifier.card().classes().size()];
        int[] items;
        try (Batch batch = desk.read(number)) {
          items = new int[batch.count()];
          for (int i = 0; i < items.length; i++) {
            items[i] = batch.item(i);
          }
          if (items.length > 0) {
            long start = System.nanoTime();
            if (program == null) {
              classifier.run(batch.pixels(), logits);
            } else {
              program.run(batch.pixels(), logits);
            }
            network.add(System.nanoTime() - start);
          }
        }
        give(number, new Answer(items, logits));
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } catch (InterruptedException e) {
      String name = Thread.currentThread().getName();
      fail(new IllegalStateException("thread " + name + " was interrupted", e));
    }
  }

  /** The number of the next batch, or -1 if there is none. */
  private int next() throws InterruptedException {
    synchronized (lock) {
      while (!closed && failure == null && nextToRun - nextToTake >= AHEAD * count) {
        lock.wait();
      }
      boolean over = closed || failure != null || nextToRun == reader.batches();
      return over ? -1 : nextToRun++;
    }
  }

  private void give(int number, Answer answer) {
    synchronized (lock) {
      ready.put(number, answer);
      lock.notifyAll();
    }
  }

  private void fail(Throwable e) {
    synchronized (lock) {
      failure = failure == null ? e : failure;
      lock.notifyAll();
    }
  }

  /** Ends the threads, each after the batch that it has begun, and waits for them. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    workers.forEach(Interruption::join);
  }
}
